/**
 * @file Captions of pictures, for page and program alike: `NAME.txt` beside the picture, else its line in
 * `metadata.jsonl`, else its file's name with `_` and `-` as blanks.
 */
import * as z from 'zod/mini';
import { UserError } from '../errors';
import { parseJson } from '../formats/json';
import { parseWith } from '../formats/schema';
import { quoted } from '../shown';

/** The file of captions as Hugging Face's image folders have it. */
export const METADATA = 'metadata.jsonl';

/** A file's name without its extension: what `NAME.txt` is found by. */
export const stemOf = (name: string): string => name.replace(/\.[^.]*$/, '');

/** The caption in one line; empty where there is none. */
const tidy = (text: string): string => text.replace(/\s+/g, ' ').trim();

/**
 * @param name the picture's file
 * @param text of `NAME.txt`, where there is one
 * @param listed captions by file name, of `metadata.jsonl`
 */
export function captionOf(name: string, text: string | undefined, listed: ReadonlyMap<string, string>): string {
  const fromName = tidy(stemOf(name).replace(/[_-]+/g, ' '));
  return tidy(text ?? '') || tidy(listed.get(name) ?? '') || fromName || name;
}

const string = z.string({ error: 'text' });
const line = z.object(
  { file_name: string, text: z.optional(string) },
  { error: 'an object with "file_name" and "text"' },
);

/**
 * Captions by file name; a line without "text" has none.
 * @throws UserError naming the line that is no JSON, names no file, or names one a second time
 */
export function parseMetadata(content: string, file: string): Map<string, string> {
  const captions = new Map<string, string>();
  for (const [i, json] of content.split(/\r\n?|\n/).entries()) {
    if (json.trim() === '') continue;
    const what = `${file}: line ${i + 1}`;
    const { file_name: name, text } = parseWith(line, parseJson(json, what), what);
    if (text === undefined) continue;
    if (captions.has(name)) throw new UserError(`${what} names ${quoted(name)} a second time.`);
    captions.set(name, text);
  }
  return captions;
}
