/**
 * @file A model of the user's own, out of what was dropped or chosen: which file is what, and what is missing. A folder's
 * own layout is kept; files and folders without one get their place by what they hold. Only heads and configs are read.
 */
import { type FileSource, memorySource } from '../../formats/file-source';
import { readSafetensorsHeader } from '../../formats/safetensors';
import { isFluxCheckpoint } from '../../models/checkpoint';
import { EMBEDDINGS } from '../../models/embeddings';
import { bytes } from '../numbers/in-words';
import { componentFolders } from './component-folders';
import type { DroppedFile } from './dropped-file';

/** A part of a base, and the files that are it. */
export interface ModelPart {
  name: string;
  /** What is there, in words; null where nothing is. */
  found: string | null;
  /** What to add where nothing is. */
  wanted: string;
  /** Nothing can be drawn without it. */
  needed: boolean;
}

export interface OwnModel {
  name: string;
  /** With their paths in the bundle. */
  files: DroppedFile[];
  parts: ModelPart[];
}

const PLACES = /^(?:transformer|vae|scheduler|tokenizer|text_encoder|rewards|judge)\//;
const WEIGHTS = /\.(?:gguf|safetensors|sft)$/i;

/** Whether these are files of a base rather than LoRAs or pictures: a folder of its layout, or of one of its parts, or a transformer's file. */
export async function isModel(files: readonly DroppedFile[]): Promise<boolean> {
  const { inside } = withoutTop(files);
  if ((await componentFolders(files)).size > 0) return true;
  if (inside.some(({ path }) => path.startsWith('transformer/') && WEIGHTS.test(path))) return true;
  for (const { path, file } of inside) if (!path.includes('/') && (await placeOf(path, file)) !== path) return true;
  return false;
}

/** Takes files for a base, after those that were taken before; each folder by itself, one of a base's layout first. */
export async function ownModelOf(files: readonly DroppedFile[], before: OwnModel | null = null): Promise<OwnModel> {
  const topOf = ({ path }: DroppedFile) => (PLACES.test(path) || !path.includes('/') ? '' : path.split('/')[0]);
  const [base, parts] = [[] as DroppedFile[][], [] as DroppedFile[][]];
  for (const top of new Set(files.map(topOf))) {
    const folder = files.filter((file) => topOf(file) === top);
    (hasLayout(folder) ? base : parts).push(folder);
  }
  let model = before;
  for (const folder of [...base, ...parts]) model = await withFolder(folder, model);
  return model ?? withFolder([], null);
}

async function withFolder(files: readonly DroppedFile[], before: OwnModel | null): Promise<OwnModel> {
  const placed = new Map((before?.files ?? []).map((file) => [file.path, file]));
  const { top, inside } = withoutTop(files.filter(isOutside(await takeFolders(files, placed))));
  let name = before?.name ?? top;
  for (const dropped of inside) {
    const { path, file } = dropped;
    const place = path.includes('/') ? path : await placeOf(path, file);
    if (place.startsWith('transformer/') && !path.includes('/')) {
      // One transformer: the one that came last.
      for (const old of placed.keys()) if (/^transformer\/[^/]+$/.test(old) && WEIGHTS.test(old)) placed.delete(old);
      name ||= path.replace(WEIGHTS, '');
    }
    placed.set(place, { ...dropped, path: place });
  }
  const all = [...placed.values()];
  return { name: name || 'my model', files: all, parts: partsOf(all) };
}

/** Whether files lie as in a base, in one folder or in none. */
const hasLayout = (files: readonly DroppedFile[]): boolean =>
  withoutTop(files).inside.some(({ path }) => PLACES.test(path));

/**
 * Puts the folders that are a part each to their places, instead of what was there.
 * @returns their paths; a base's own layout is left alone
 */
async function takeFolders(files: readonly DroppedFile[], placed: Map<string, DroppedFile>): Promise<string[]> {
  if (hasLayout(files)) return [];
  const folders = await componentFolders(files);
  for (const [folder, place] of folders) {
    for (const old of placed.keys()) if (old.startsWith(`${place}/`)) placed.delete(old);
    for (const dropped of files.filter(({ path }) => path.startsWith(`${folder}/`))) {
      const path = `${place}${dropped.path.slice(folder.length)}`;
      placed.set(path, { ...dropped, path });
    }
  }
  return [...folders.keys()];
}

const isOutside =
  (folders: readonly string[]) =>
  ({ path }: DroppedFile): boolean =>
    !folders.some((folder) => path.startsWith(`${folder}/`));

/** The folder that everything lies in, and the paths inside it. */
function withoutTop(files: readonly DroppedFile[]): { top: string; inside: readonly DroppedFile[] } {
  const [top] = files[0]?.path.split('/') ?? [''];
  const isFolder =
    files.length > 0 && !PLACES.test(files[0].path) && files.every(({ path }) => path.startsWith(`${top}/`));
  if (!isFolder) return { top: '', inside: files };
  return { top, inside: files.map((file) => ({ ...file, path: file.path.slice(top.length + 1) })) };
}

/** Where a file that lies in no folder belongs. */
async function placeOf(name: string, file: File): Promise<string> {
  if (/\.gguf$/i.test(name)) return `transformer/${name}`;
  if (!WEIGHTS.test(name)) return name;
  const header = await readSafetensorsHeader(oneFile(name, file), name).catch(() => null);
  if (!header) return name;
  if (header.metadata.prompts !== undefined) return EMBEDDINGS;
  return isFluxCheckpoint(header.tensors.map((tensor) => tensor.name)) ? `transformer/${name}` : name;
}

const oneFile = (name: string, file: File): FileSource => memorySource('files', { [name]: file });

function partsOf(files: readonly DroppedFile[]): ModelPart[] {
  const under = (folder: string) => files.filter(({ path }) => path.startsWith(`${folder}/`));
  const has = (path: string) => files.some((file) => file.path === path);
  const list = (found: readonly DroppedFile[]) => {
    const names = found.map(({ path }) => path.split('/').slice(1).join('/'));
    const size = bytes(found.reduce((sum, { file }) => sum + file.size, 0));
    return `${names.length === 1 ? names[0] : `${names.length} files`}, ${size}`;
  };
  const weights = under('transformer').filter(({ path }) => WEIGHTS.test(path));
  const vae = under('vae').filter(({ path }) => WEIGHTS.test(path));
  const hasText = has('tokenizer/tokenizer.json') && has('text_encoder/model.onnx');
  const rewards = new Set(under('rewards').map(({ path }) => path.split('/')[1]));
  const embeddings = files.find(({ path }) => path === EMBEDDINGS);
  return [
    {
      name: 'Transformer',
      found: weights.length > 0 ? list(weights) : null,
      wanted: 'a .gguf or .safetensors file of FLUX.1 or FLUX.2',
      needed: true,
    },
    {
      name: 'Decoder',
      found: vae.length > 0 && has('vae/config.json') ? list(vae) : null,
      wanted: 'a folder with a tiny autoencoder (TAEF1, TAEF2) and its config.json',
      needed: true,
    },
    {
      name: 'Prompts',
      found: embeddings ? `encoded before, ${bytes(embeddings.file.size)}` : hasText ? 'a text encoder' : null,
      wanted: `${EMBEDDINGS}, written by tools/scale encode`,
      needed: true,
    },
    {
      name: 'Rewards',
      found: rewards.size > 0 ? [...rewards].sort().join(', ') : null,
      wanted: 'a folder with a CLIP model (PickScore, HPSv2.1, CLIP), to align with it',
      needed: false,
    },
  ];
}

/** Whether a base of these parts can be opened. */
export const isComplete = ({ parts }: OwnModel): boolean =>
  parts.every(({ found, needed }) => found !== null || !needed);
