/** @file Whether a picture shows the thing that its prompt names. */

/**
 * Index of the thing that a prompt names: the longest of the concepts that stands in it as whole words, but not the last
 * one, which is anything else. null where there is none.
 */
export function conceptOf(concepts: readonly string[], prompt: string): number | null {
  const words = (text: string) =>
    ` ${text
      .toLowerCase()
      .replace(/[^\p{L}\p{N}-]+/gu, ' ')
      .trim()} `;
  const inside = words(prompt);
  let found: number | null = null;
  for (let i = 0; i < concepts.length - 1; i++) {
    if (!inside.includes(words(concepts[i]))) continue;
    if (found === null || concepts[i].length > concepts[found].length) found = i;
  }
  return found;
}

/** How many things the judge finds likelier than this one: 0 where it is the first. */
export function rankOf(logits: ArrayLike<number>, concept: number): number {
  let rank = 0;
  for (let i = 0; i < logits.length; i++) {
    // Of equal ones the first counts as likelier, so that a network that says nothing is not always right.
    if (logits[i] > logits[concept] || (logits[i] === logits[concept] && i < concept)) rank++;
  }
  return rank;
}
