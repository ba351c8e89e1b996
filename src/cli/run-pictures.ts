/**
 * @file The pictures that a run of the program trains from: encoded once into the run's folder, and found there again by
 * a resume, which checks that the files are still the same.
 */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline as stream } from 'node:stream/promises';
import { encodePictures } from '../align/encode-pictures';
import type { Pipeline } from '../align/pipeline';
import { otherPictures } from '../align/trainer';
import { UserError } from '../errors';
import { concatFloats } from '../methods/rows';
import { noPictures, type SkippedFile, sentencesOf } from '../pictures/list-pictures';
import { quoted } from '../shown';
import { decodePicture, UnreadablePicture } from './decode-picture';
import { whatLiesAt } from './file-errors';
import { LatentsFile, LatentsWriter, type Undecoded } from './latents-file';
import type { PictureFolder } from './picture-folder';
import { message, showProgress } from './terminal';

/** Shape of one picture's latents. */
const shapeOf = ({ model: { bundle } }: Pipeline) => [bundle.imageTokens, bundle.transformer.in_channels] as const;

/**
 * Opens the latents at `path`, which are encoded first where the run begins, or where a resume finds none.
 * @param begun whether the run has a saved state, which belongs to pictures that must not have changed
 * @throws UserError where no picture can be read, or they are not those that the run was begun with
 */
export async function openPictures(
  pipeline: Pipeline,
  folder: PictureFolder,
  path: string,
  begun: boolean,
): Promise<LatentsFile> {
  if (begun && whatLiesAt(path) !== 'nothing') {
    const stored = await LatentsFile.open(path, shapeOf(pipeline));
    if (!(await isUnchanged(folder, stored))) throw otherPictures(folder.images);
    return stored;
  }
  await encodeFolder(pipeline, folder, path);
  return LatentsFile.open(path, shapeOf(pipeline));
}

/** Encodes every picture of the folder that can be decoded, names those that cannot, and says how many there are. */
async function encodeFolder(pipeline: Pipeline, folder: PictureFolder, path: string): Promise<void> {
  const { images, files, skipped } = folder;
  const started = performance.now();
  const seconds = () => (performance.now() - started) / 1000;
  const writer = new LatentsWriter(path, files, shapeOf(pipeline));
  const undecoded: (Undecoded & SkippedFile)[] = [];
  const hashes: string[] = [];
  let kept = 0;
  try {
    showProgress({ label: 'encoding pictures', step: 0, total: files.length, seconds: 0 });
    await encodePictures(pipeline, {
      count: files.length,
      async read(i) {
        try {
          const bytes = await readFile(join(folder.path, files[i].name));
          hashes[i] = createHash('sha256').update(bytes).digest('hex');
          return await decodePicture(bytes, pipeline.model.bundle.image);
        } catch (error) {
          const why = whyUnreadable(error);
          if (why === null) throw error;
          undecoded.push({ name: files[i].name, hash: hashes[i] ?? '', why });
          return null;
        }
      },
      keep(i, latents) {
        const { name, caption } = files[i];
        writer.add({ name, caption, hash: hashes[i] }, latents);
        kept++;
      },
      onProgress: (step, total) => showProgress({ label: 'encoding pictures', step, total, seconds: seconds() }),
    });
    // A batch is decoded all at once, in any order.
    undecoded.sort((a, b) => (a.name < b.name ? -1 : 1));
    if (kept === 0) throw noPictures(images, [...undecoded, ...skipped]);
    writer.finish(undecoded);
  } catch (error) {
    writer.discard();
    throw error;
  }
  const left = [...undecoded, ...skipped];
  for (const sentence of sentencesOf(left)) message(sentence);
  const others = left.length > 0 ? `; ${left.length} ${left.length === 1 ? 'file is' : 'files are'} skipped` : '';
  message(
    `${kept} ${kept === 1 ? 'picture' : 'pictures'} of ${quoted(images)} encoded in ${seconds().toFixed(1)} s${others}.`,
  );
}

/** Some of a folder's pictures, decoded. */
export interface SomePictures {
  captions: string[];
  rgb: Uint8Array[];
}

/**
 * The pictures that a plan names by their indices, which count those that can be read, in the order of their names.
 * @throws UserError for an index that the folder does not reach
 */
export async function decodeSome(
  { images, path, files, skipped }: PictureFolder,
  indices: readonly number[],
  size: { width: number; height: number },
): Promise<SomePictures> {
  const last = Math.max(...indices);
  const found = new Map<number, { caption: string; rgb: Uint8Array }>();
  const undecoded: SkippedFile[] = [];
  let count = 0;
  for (const { name, caption } of files) {
    if (count > last) break;
    try {
      const rgb = await decodePicture(await readFile(join(path, name)), size);
      if (indices.includes(count)) found.set(count, { caption, rgb });
      count++;
    } catch (error) {
      const why = whyUnreadable(error);
      if (why === null) throw error;
      undecoded.push({ name, why });
    }
  }
  if (count === 0) throw noPictures(images, [...undecoded, ...skipped]);
  if (count <= last) {
    throw new UserError(
      `The folder of pictures ${quoted(images)} holds ${count} that can be read, the step needs number ${last} (counted from 0).`,
    );
  }
  for (const sentence of sentencesOf(undecoded)) message(sentence);
  const some = indices.map((i) => found.get(i)!);
  return { captions: some.map(({ caption }) => caption), rgb: some.map(({ rgb }) => rgb) };
}

/** Packed latents of decoded pictures, [n, image tokens, in_channels]. */
export async function encodeSome(pipeline: Pipeline, { rgb }: SomePictures): Promise<Float32Array<ArrayBuffer>> {
  const rows: Float32Array[] = [];
  await encodePictures(pipeline, {
    count: rgb.length,
    read: async (i) => rgb[i],
    keep: (_, latents) => void rows.push(latents),
  });
  return concatFloats(rows);
}

/** Why a file cannot be trained from; null for a failure that is not the file's. */
function whyUnreadable(error: unknown): string | null {
  if (error instanceof UnreadablePicture) return error.message;
  const { code, syscall } = error as NodeJS.ErrnoException;
  return syscall === undefined ? null : `it cannot be read (${code})`;
}

/** Whether the folder holds the files and captions that the latents are of. */
async function isUnchanged({ files, path }: PictureFolder, { pictures, skipped }: LatentsFile): Promise<boolean> {
  if (files.length !== pictures.length + skipped.length) return false;
  const captions = new Map(pictures.map(({ name, caption }) => [name, caption]));
  const hashes = new Map([...pictures, ...skipped].map(({ name, hash }) => [name, hash]));
  for (const { name, caption } of files) {
    if (!hashes.has(name) || (captions.has(name) && captions.get(name) !== caption)) return false;
    if (hashes.get(name) !== (await hashOf(join(path, name)))) return false;
  }
  return true;
}

/** sha256 of a file; empty where it cannot be read. */
async function hashOf(path: string): Promise<string> {
  const hash = createHash('sha256');
  try {
    await stream(createReadStream(path), hash);
  } catch {
    return '';
  }
  return hash.digest('hex');
}
