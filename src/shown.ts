/**
 * @file How text and values that come from outside appear in a sentence: names, words, paths, prompts, whatever a file
 * holds. Nothing of it can steer a terminal, forge a line or fill a screen.
 */

/**
 * What must not reach a terminal or a line of text as it is: control characters, line and paragraph separators, marks
 * that reverse the reading direction, invisible tags, halves of a surrogate pair.
 */
const UNSAFE = /[\p{Cc}\p{Zl}\p{Zp}\p{Cs}\p{Bidi_Control}\u{FEFF}\u{FFF9}-\u{FFFB}\u{E0000}-\u{E007F}]/gu;

const SHORT_ESCAPES: Record<string, string> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };

/** The text in one line: characters that are not to be shown as they are become `\n`, `\u001b` or `\u{e0041}`. */
export function escapeText(text: string): string {
  return text.replace(UNSAFE, (character) => {
    const code = character.codePointAt(0)!.toString(16);
    return SHORT_ESCAPES[character] ?? (code.length > 4 ? `\\u{${code}}` : `\\u${code.padStart(4, '0')}`);
  });
}

/**
 * A name, path or text as a sentence shows it: escaped, and where it is longer than `most` characters without its
 * middle.
 *
 * @param most 80 for a name; `PATH_LENGTH` suits paths
 */
export function shown(text: string, most = 80): string {
  if (text.length <= most) {
    const escaped = escapeText(text);
    if (escaped.length <= most) return escaped;
  }
  return `${beginning(text, Math.ceil((most - 1) / 2))}…${ending(text, Math.floor((most - 1) / 2))}`;
}

/** The text around `position`, escaped, with `mark` there: at most `before` and `after` bytes of it in UTF-8. */
export function shownAround(text: string, position: number, mark: string, before = 96, after = 64): string {
  const [left, right] = [text.slice(0, position), text.slice(position)];
  const [leftShown, rightShown] = [ending(left, before, utf8Bytes), beginning(right, after, utf8Bytes)];
  const cut = (part: string, partShown: string) => (escapeText(part.slice(0, 200)) === partShown ? '' : '…');
  return `${cut(left, leftShown)}${leftShown}${mark}${rightShown}${cut(right, rightShown)}`;
}

/** Characters of a path that a sentence shows. */
export const PATH_LENGTH = 120;

/** `shown` between quotation marks. */
export function quoted(text: string, most = 80): string {
  return `"${shown(text, most)}"`;
}

/**
 * A value out of a JSON file as a sentence shows it: `"8"`, `2.5`, `null`, `[1,2]`; what is long or nested is only
 * described: `a list of 300`, `an object`.
 */
export function showValue(value: unknown): string {
  if (typeof value === 'string') return quoted(value, 58);
  if (typeof value !== 'object' || value === null) return String(value);
  const isList = Array.isArray(value);
  const entries = isList ? value : Object.entries(value);
  if (entries.length <= 8) {
    const flat = isList ? value.map(showFlat) : Object.entries(value).map(showEntry);
    const line = isList ? `[${flat.join(',')}]` : `{${flat.join(',')}}`;
    if (!flat.includes(undefined) && line.length <= 60) return line;
  }
  return isList ? `a list of ${value.length}` : 'an object';
}

/** `values` apart by commas, at most `most` of them. */
export function showList(values: readonly string[], most = 8): string {
  const first = values.slice(0, most).map((value) => shown(value, 40));
  return values.length > most ? `${first.join(', ')} and ${values.length - most} more` : first.join(', ');
}

/** A message's length in UTF-8, in bytes, that is still read as one sentence. */
const SENTENCE_BYTES = 380;

/**
 * The last guard of a message: one line without control characters, of at most 380 bytes. What is longer loses the
 * middle of its longest words first, then of the whole.
 */
export function oneSentence(message: string): string {
  const escaped = escapeText(message.length > 1e6 ? shown(message, 2000) : message);
  if (utf8Bytes(escaped) <= SENTENCE_BYTES) return escaped;
  const short = escaped.replace(/\S{61,}/g, (word) => shown(word, 60));
  for (let most = SENTENCE_BYTES; ; most -= 20) {
    const sentence = shown(short, most);
    if (utf8Bytes(sentence) <= SENTENCE_BYTES) return sentence;
  }
}

function showFlat(value: unknown): string | undefined {
  return typeof value === 'object' && value !== null ? undefined : showValue(value);
}

function showEntry([key, value]: [string, unknown]): string | undefined {
  const flat = showFlat(value);
  return flat && `${quoted(key)}:${flat}`;
}

type Measure = (text: string) => number;
const characters: Measure = (text) => text.length;
const utf8Bytes: Measure = (text) => new TextEncoder().encode(text).length;

/** As many of the first characters, escaped, as fit into `most`. */
function beginning(text: string, most: number, measure = characters): string {
  return within(Array.from(text.slice(0, 2 * most)), most, measure).join('');
}

/** As many of the last characters, escaped, as fit into `most`. */
function ending(text: string, most: number, measure = characters): string {
  const last = most === 0 ? [] : Array.from(text.slice(-2 * most)).reverse();
  return within(last, most, measure).reverse().join('');
}

/** The first of `list`, escaped, that fit into `most`. */
function within(list: string[], most: number, measure: Measure): string[] {
  let length = 0;
  const escaped = list.map(escapeText);
  const end = escaped.findIndex((character) => {
    length += measure(character);
    return length > most;
  });
  return end < 0 ? escaped : escaped.slice(0, end);
}
