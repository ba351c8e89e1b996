/**
 * @file Parts of a base in folders that are named as their publishers name them (taef1, PickScore_v1): what a folder's
 * config says it is decides where it belongs.
 */
import { isClipModel } from '../../models/clip-config';
import { DENOISERS } from '../../models/denoisers';
import type { DroppedFile } from './dropped-file';

const CONFIG = /^(?:(.*)\/)?(?:config|open_clip_config|scheduler_config)\.json$/;
/** A config is a few kilobytes; what is larger is something else. */
const MOST_BYTES = 2 ** 20;

/** Places by the class that diffusers writes into a config. */
const PLACE_OF_CLASS: Readonly<Record<string, string>> = {
  AutoencoderTiny: 'vae',
  FlowMatchEulerDiscreteScheduler: 'scheduler',
  ...Object.fromEntries(DENOISERS.map(({ className }) => [className, 'transformer'])),
};

/** Where the folders among these files belong in a base, by their paths; those of no known part are left out. */
export async function componentFolders(files: readonly DroppedFile[]): Promise<Map<string, string>> {
  const places = new Map<string, string>();
  for (const { path, file } of files) {
    const folder = CONFIG.exec(path)?.[1];
    if (!folder || file.size > MOST_BYTES) continue;
    const place = placeOf(folder, await configOf(file));
    if (place) places.set(folder, place);
  }
  return places;
}

async function configOf(file: File): Promise<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(await file.text());
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    // What is damaged is said when the base is opened.
    return {};
  }
}

function placeOf(folder: string, config: Record<string, unknown>): string | null {
  const { _class_name: className, backbone } = config;
  if (typeof className === 'string') return PLACE_OF_CLASS[className] ?? null;
  // A head of numbers on another reward's tower names that one.
  if (!isClipModel(config) && typeof backbone !== 'string') return null;
  const name = folder
    .split('/')
    .at(-1)!
    .replace(/[^\w-]+/g, '-');
  return `rewards/${name}`;
}
