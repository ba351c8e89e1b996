/**
 * @file The transformer of a base: its config and weights in `transformer/`, as diffusers saves them or as people have them,
 * one `.gguf` or `.safetensors` file with the original's names. Headers are read, no weight.
 */
import { UserError } from '../errors';
import { type FileSource, nameIn, readJson } from '../formats/file-source';
import { openTensors } from '../formats/safetensors';
import type { TensorSet } from '../formats/tensor-set';
import { showList } from '../shown';
import { openCheckpoint } from './checkpoint';
import { configOf, requireWhole } from './checkpoint-sizes';
import { openDenoiser } from './denoisers';
import type { Denoiser } from './denoisers/denoiser';

export interface TransformerFolder {
  denoiser: Denoiser;
  /** What to call the file that says its sizes. */
  file: string;
  open(): Promise<TensorSet>;
}

const FOLDER = 'transformer';
const CONFIG = `${FOLDER}/config.json`;
/** diffusers' own name of the weights, without extension. */
const OWN = 'diffusion_pytorch_model';
const INDEX = '.safetensors.index.json';
const WEIGHTS = /\.(?:gguf|safetensors|sft)$/;

/**
 * The weights of a folder: diffusers' file or index, else the one file there is, or the one index of shards.
 * @param files paths of the files below the folder
 * @returns undefined where there are none
 * @throws UserError where there are several
 */
export function weightsAmong(files: readonly string[], describe: string): string | undefined {
  for (const own of [`${OWN}${INDEX}`, `${OWN}.safetensors`]) if (files.includes(own)) return own;
  const direct = files.filter((path) => !path.includes('/'));
  const indices = direct.filter((path) => path.endsWith(INDEX));
  const found = indices.length > 0 ? indices : direct.filter((path) => WEIGHTS.test(path));
  if (found.length > 1) {
    throw new UserError(
      `${nameIn(describe, FOLDER)} holds several files of weights (${showList(found, 3)}), expected one: move the others away.`,
    );
  }
  return found[0];
}

/** @throws UserError where config or weights are missing, damaged, of another model or do not fit one another */
export async function openTransformerFolder(source: FileSource): Promise<TransformerFolder> {
  const weights = weightsAmong(await source.list(FOLDER), source.describe);
  const hasConfig = (await source.size(CONFIG)) !== undefined;
  if (hasConfig || weights === undefined) {
    const file = nameIn(source.describe, CONFIG);
    const denoiser = openDenoiser(await readJson(source, CONFIG), file);
    return { denoiser, file, open: () => openWeights(source, weights) };
  }
  const checkpoint = await openCheckpoint(source, `${FOLDER}/${weights}`);
  const found = configOf(checkpoint);
  const file = nameIn(source.describe, `${FOLDER}/${weights}`);
  requireWhole(found, checkpoint.tensors);
  return { denoiser: openDenoiser(found, file), file, open: async () => checkpoint.tensors };
}

async function openWeights(source: FileSource, weights: string | undefined): Promise<TensorSet> {
  // diffusers' own names need no renaming; where nothing is there, its file is what is missing.
  if (weights === undefined || weights.startsWith(`${OWN}.`)) return openTensors(source, `${FOLDER}/${OWN}`, 'index');
  return (await openCheckpoint(source, `${FOLDER}/${weights}`)).tensors;
}
