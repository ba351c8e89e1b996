/**
 * @file Text files, read strictly: UTF-8 or a sentence. A byte that is no UTF-8 is never replaced, because a prompt
 * with a replaced letter trains something else.
 */
import { UserError } from '../errors';

/** Bytes of the longest text file that is read: the limit of a .safetensors header. */
const MAX_TEXT_BYTES = 100_000_000;

/**
 * The text of a UTF-8 file, without its byte order mark.
 *
 * @param name what to call the file in a sentence
 * @throws UserError for UTF-16, a byte that is no UTF-8 (with its position), a NUL, and more than 100 MB
 */
export function decodeUtf8(bytes: Uint8Array, name: string): string {
  if (bytes.length > MAX_TEXT_BYTES) {
    throw new UserError(`${name} has ${bytes.length} bytes, expected at most ${MAX_TEXT_BYTES} of text.`);
  }
  const [first, second] = bytes;
  const mark = (first << 8) | second;
  if (mark === 0xfffe || mark === 0xfeff || (bytes.length > 1 && (first === 0) !== (second === 0))) {
    throw new UserError(`${name} is UTF-16, expected UTF-8.`);
  }
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    const at = firstInvalid(bytes);
    const byte = bytes[at].toString(16).toUpperCase().padStart(2, '0');
    throw new UserError(`${name} is not UTF-8 (byte 0x${byte} at position ${at}), expected UTF-8 text.`);
  }
  const nul = bytes.indexOf(0);
  if (nul >= 0) throw new UserError(`${name} is no text file: byte ${nul} is 0, expected UTF-8 text.`);
  return text;
}

/** The text of a file that the user chose or dropped on the page; as `decodeUtf8`, never `file.text()`. */
export async function readUtf8(file: Blob, name: string): Promise<string> {
  return decodeUtf8(new Uint8Array(await file.arrayBuffer()), name);
}

/** The lines of a list of prompts or words, whatever the line ends, without spaces around and without empty ones. */
export function linesOf(text: string): string[] {
  return text
    .split(/\r\n?|\n/)
    .map((line) => line.trim())
    .filter((line) => line !== '');
}

/** Position of the first byte that begins no well-formed character. */
function firstInvalid(bytes: Uint8Array): number {
  for (let at = 0; at < bytes.length; ) {
    const length = characterBytes(bytes, at);
    if (length === 0) return at;
    at += length;
  }
  return bytes.length - 1;
}

/** Bytes of the well-formed character at `at`; 0 where there is none. */
function characterBytes(bytes: Uint8Array, at: number): number {
  const lead = bytes[at];
  if (lead < 0x80) return 1;
  const length = lead < 0xc2 ? 0 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : lead < 0xf5 ? 4 : 0;
  for (let i = 1; i < length; i++) {
    // Overlong forms, surrogates and code points beyond U+10FFFF show in the second byte.
    const low = i > 1 ? 0x80 : lead === 0xe0 ? 0xa0 : lead === 0xf0 ? 0x90 : 0x80;
    const high = i > 1 ? 0xbf : lead === 0xed ? 0x9f : lead === 0xf4 ? 0x8f : 0xbf;
    if (!(bytes[at + i] >= low && bytes[at + i] <= high)) return 0;
  }
  return length;
}
