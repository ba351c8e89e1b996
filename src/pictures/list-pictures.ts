/**
 * @file Which of some files may be pictures, with their captions, and which are left and why; for page and program alike.
 */
import { UserError } from '../errors';
import { quoted, showList, shown } from '../shown';
import { captionOf, METADATA, parseMetadata, stemOf } from './captions';

/** A file that may be a picture. */
export interface ListedPicture {
  name: string;
  caption: string;
}

/** A file that is not trained from, and why: it follows the name in a sentence. */
export interface SkippedFile {
  name: string;
  why: string;
}

export interface Listing {
  /** In the order of their names, which is that of their indices. */
  files: ListedPicture[];
  skipped: SkippedFile[];
}

export interface Files {
  names: readonly string[];
  /** Why a file cannot be a picture; null where it may be one. */
  whyNot(name: string): Promise<string | null> | string | null;
  /** A text file. @throws UserError where it is none */
  readText(name: string): Promise<string> | string;
}

/**
 * Looks at every file. What begins with a dot, and captions, are passed over without a word.
 * @throws UserError for a damaged metadata.jsonl, and where nothing may be a picture
 * @param set what a sentence calls them
 */
export async function listPictures(set: string, { names, whyNot, readText }: Files): Promise<Listing> {
  const seen = names.filter((name) => !/^\.|^(thumbs\.db|desktop\.ini)$/i.test(name)).sort((a, b) => (a < b ? -1 : 1));
  const listed = seen.includes(METADATA)
    ? parseMetadata(await readText(METADATA), METADATA)
    : new Map<string, string>();
  const left: SkippedFile[] = [];
  const pictures: string[] = [];
  /** NAME.txt by NAME. */
  const texts = new Map<string, string>();
  for (const name of seen) {
    if (name === METADATA) continue;
    const why = await whyNot(name);
    if (why === null) pictures.push(name);
    else {
      left.push({ name, why });
      if (isText(name)) texts.set(stemOf(name), name);
    }
  }
  const stems = new Set(pictures.map(stemOf));
  const skipped = left.filter(({ name }) => !(isText(name) && stems.has(stemOf(name))));
  const files: ListedPicture[] = [];
  for (const name of pictures) {
    try {
      const text = texts.get(stemOf(name));
      files.push({ name, caption: captionOf(name, text && (await readText(text)), listed) });
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      skipped.push({ name, why: `its caption cannot be used: ${error.message.replace(/\.$/, '')}` });
    }
  }
  if (files.length === 0) throw noPictures(set, skipped);
  return { files, skipped };
}

const isText = (name: string) => /\.txt$/i.test(name);

/** Where nothing of a set can be trained from. */
export function noPictures(set: string, skipped: readonly SkippedFile[]): UserError {
  const [first] = skipped;
  const found = first ? `: ${shown(first.name)} is skipped, ${first.why}` : ', it is empty';
  const more = skipped.length > 1 ? `, and so are ${skipped.length - 1} more` : '';
  return new UserError(
    `The folder of pictures ${quoted(set)} holds no PNG, JPEG or WebP that can be read${found}${more}.`,
  );
}

/** Files that are named one by one; the others follow in one sentence. */
const NAMED = 5;

/** One sentence for each of the first skipped files, and one for all others. */
export function sentencesOf(skipped: readonly SkippedFile[]): string[] {
  const rest = skipped.slice(NAMED).map(({ name }) => name);
  return [
    ...skipped.slice(0, NAMED).map(({ name, why }) => `${shown(name)} is skipped: ${why}.`),
    ...(rest.length > 0 ? [`${rest.length} more files are skipped: ${showList(rest, 5)}.`] : []),
  ];
}
