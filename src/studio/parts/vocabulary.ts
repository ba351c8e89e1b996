/**
 * @file What to suggest while a prompt or control word is typed, and when a prompt names what the base never learned.
 *
 * The base knows captions such as "cat face", "cat face, 3d render", "pencil sketch of cat face", "neon sign. cat face".
 */

/** Up to `count` entries that match what was typed: those that begin with it first, then those that contain it. */
export function suggest(typed: string, entries: string[], count = 8): string[] {
  const query = typed.trim().toLowerCase();
  if (query === '') return entries.slice(0, count);
  const begins = entries.filter((e) => e.toLowerCase().startsWith(query));
  const contains = entries.filter((e) => !e.toLowerCase().startsWith(query) && e.toLowerCase().includes(query));
  return [...begins, ...contains].filter((e) => e.toLowerCase() !== query).slice(0, count);
}

/** The thing that a prompt names: the prompt without style words. */
export function conceptOf(prompt: string, styles: string[][]): string {
  const longestFirst = styles.flat().sort((a, b) => b.length - a.length);
  let rest = prompt.trim().toLowerCase();
  for (const style of longestFirst) {
    if (rest.endsWith(`, ${style}`)) rest = rest.slice(0, -style.length - 2);
    for (const joint of [' of ', '. '])
      if (rest.startsWith(style + joint)) rest = rest.slice(style.length + joint.length);
  }
  return rest.trim();
}

/**
 * The things in `prompts` that the base was not trained on longest, without repeats.
 * @param words the bundle's groups of words; where it has none, nothing can be said and the answer is empty
 * @param styles the bundle's control words, style by style
 */
export function unknownConcepts(prompts: string[], words: string[][], styles: string[][]): string[] {
  const known = new Set(words.flat().map((w) => w.toLowerCase()));
  if (known.size === 0) return [];
  return [...new Set(prompts.map((prompt) => conceptOf(prompt, styles)))].filter(
    (concept) => concept !== '' && !known.has(concept),
  );
}

/**
 * The control words that the base was taught no style by.
 * @param styles as above; where the bundle has none, nothing can be said and the answer is empty
 */
export function unknownStyles(controlWords: string[], styles: string[][]): string[] {
  const known = new Set(styles.flat().map((w) => w.toLowerCase()));
  return known.size === 0 ? [] : controlWords.filter((word) => !known.has(word.trim().toLowerCase()));
}
