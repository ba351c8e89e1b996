/**
 * @file Reading what the flags name: run files, adapters, noise, bundles. All of it happens before an adapter is asked for.
 */
import { type Dirent, readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { type Model, openModel } from '../align/model';
import { UserError } from '../errors';
import { dirSource } from '../formats/dir-source';
import { toFloat32 } from '../formats/dtypes';
import type { FileSource } from '../formats/file-source';
import type { RunFile } from '../formats/run-file';
import { parseSafetensors } from '../formats/safetensors';
import { type AdapterFiles, findAdapter, isAdapterFile, PEFT_CONFIG, PEFT_WEIGHTS } from '../lora/adapter-folder';
import { type NamedLora, readLora } from '../lora/lora-file';
import type { ExtraNoise } from '../methods/method';
import { parseRunFile } from '../methods/run-file';
import { type Bundle, type BundleOptions, baseOf, openBundle, verifyBundle, withRewards } from '../models/bundle';
import { foreignLoraWarning } from '../models/known-bases';
import { RewardMixture } from '../rewards/mixture';
import { quoted } from '../shown';
import { fileError, shownPath, whatLiesAt } from './file-errors';
import { message } from './terminal';

/** The checkout this program was built from. */
export const projectRoot = process.env.STUDIO_ROOT ?? process.cwd();

/** @throws UserError where the file is missing or cannot be read */
export function readInput(path: string, what: string): Uint8Array<ArrayBuffer> {
  const place = whatLiesAt(path);
  if (place === 'nothing') throw new UserError(`${what} ${shownPath(path)} does not exist.`);
  if (place === 'folder') throw new UserError(`${what} ${shownPath(path)} is a folder, expected a file.`);
  try {
    return new Uint8Array(readFileSync(path));
  } catch (error) {
    throw fileError(path, error, 'read');
  }
}

export function readRunFile(path: string): RunFile {
  return parseRunFile(readInput(path, 'Run file'), path);
}

/**
 * Reads a LoRA: a file, a zip, or the folder of one. What PEFT's weights need lies beside them, in adapter_config.json.
 * Warnings about what is passed over are printed.
 */
export function readLoraFile(path: string): NamedLora {
  const { weights, config } = loraAt(path);
  const read = (file: string) => readInput(file, 'LoRA file');
  const file = readLora(read(weights), shownPath(weights), config === null ? null : read(config));
  for (const warning of file.warnings) message(warning);
  return { file, name: shownPath(weights) };
}

/** The bytes of a LoRA's weights, wherever `readLoraFile` finds them. */
export function readLoraBytes(path: string): Uint8Array<ArrayBuffer> {
  return readInput(loraAt(path).weights, 'LoRA file');
}

function loraAt(path: string): AdapterFiles<string> {
  if (whatLiesAt(path) === 'folder') {
    const { weights, config } = findAdapter(adapterFilesIn(path), shownPath(path));
    return { weights: join(path, weights.path), config: config && join(path, config.path) };
  }
  const config = join(dirname(path), PEFT_CONFIG);
  const isPeft = basename(path) === PEFT_WEIGHTS && whatLiesAt(config) !== 'nothing';
  return { weights: path, config: isPeft ? config : null };
}

/** Folders below the one that is named, where an adapter of PEFT's is looked for. */
const MAX_DEPTH = 3;

/** The files of LoRAs in a folder and below it, links to folders left out. */
export function adapterFilesIn(folder: string, below = '', depth = 0): { path: string }[] {
  let entries: Dirent[];
  try {
    entries = readdirSync(join(folder, below), { withFileTypes: true });
  } catch (error) {
    throw fileError(join(folder, below), error, 'read');
  }
  return entries.flatMap((entry) => {
    const path = below === '' ? entry.name : `${below}/${entry.name}`;
    if (entry.isDirectory()) return depth < MAX_DEPTH ? adapterFilesIn(folder, path, depth + 1) : [];
    return isAdapterFile(path) ? [{ path }] : [];
  });
}

/** Says so where a LoRA that is about to be used was trained on another base. */
export async function warnOfForeignLora(given: NamedLora | null, bundle: Bundle): Promise<void> {
  if (!given?.file.baseHash) return;
  const warning = foreignLoraWarning(given.name, given.file.baseHash, await baseOf(bundle));
  if (warning) message(warning);
}

/**
 * The f32 tensor `name` of a file, packed [n, image tokens, in_channels].
 * @throws UserError naming the tensor and the shape expected
 */
export function readLatents(
  path: string,
  name: 'noise' | 'x0',
  model: Model,
): { n: number; data: Float32Array<ArrayBuffer> } {
  const { shape, data } = readRows(path, name, name === 'noise' ? 'Noise file' : 'Latents file', ['n'], model);
  return { n: shape[0], data };
}

/**
 * Further noise of a noise file: the f32 tensor `name`, [copies, n, image tokens, in_channels].
 * @throws UserError naming the tensor and the shape expected
 */
export function readNoise(
  path: string,
  name: ExtraNoise,
  copies: number,
  n: number,
  model: Model,
): Float32Array<ArrayBuffer> {
  return readRows(path, name, 'Noise file', [copies, n], model).data;
}

/** @param leading sizes before [image tokens, in_channels]; `n` is any from 1 */
function readRows(path: string, name: string, what: string, leading: readonly (number | 'n')[], model: Model) {
  const { tensors } = parseSafetensors(readInput(path, what), path);
  const { imageTokens, transformer } = model.bundle;
  const sizes = [...leading, imageTokens, transformer.in_channels];
  const expected = `f32 [${sizes.join(', ')}]`;
  const tensor = tensors.get(name);
  if (!tensor) throw new UserError(`${path} has no tensor "${name}", expected one of ${expected}.`);
  const { shape, dtype, bytes } = tensor;
  const fits =
    shape.length === sizes.length && sizes.every((size, i) => (size === 'n' ? shape[i] >= 1 : shape[i] === size));
  if (dtype !== 'F32' || !fits) {
    throw new UserError(`${path}: tensor "${name}" is ${dtype} [${shape.join(', ')}], expected ${expected}.`);
  }
  const data = toFloat32(bytes, dtype);
  if (!data.every(Number.isFinite)) throw new UserError(`${path}: tensor "${name}" holds numbers that are not finite.`);
  return { shape, data };
}

/** The bundle where no flag names one. */
export const DEFAULT_BUNDLE = join(projectRoot, 'public/bundles/mini-flux');

/** What flags say about a bundle. */
export interface BundleFlags {
  quantise?: string;
  size?: number;
  'text-tokens'?: number;
  'modulations-ahead'?: boolean;
  /** `NAME=DIR` of rewards that are elsewhere. */
  'reward-folder'?: readonly string[];
}

/** @throws UserError for a type that nothing is quantised to */
export function bundleOptions({ quantise, size, ...flags }: BundleFlags): BundleOptions {
  const type = quantise?.toUpperCase();
  if (type !== undefined && type !== 'Q8_0' && type !== 'Q4_0') {
    throw new UserError(`--quantise is ${quoted(quantise!)}, expected q8_0 or q4_0.`);
  }
  return { quantise: type, size, textTokens: flags['text-tokens'], modulationsAhead: flags['modulations-ahead'] };
}

/**
 * Opens and checks a bundle: every tensor the models need, then the files against bundle.json's checksums; and rewards that
 * are elsewhere.
 */
export async function openCheckedModel(folder = DEFAULT_BUNDLE, flags: BundleFlags = {}): Promise<Model> {
  const rewards = flags['reward-folder'] ?? [];
  const folders = new Map(rewards.map(rewardFolder));
  if (folders.size < rewards.length) throw new UserError('--reward-folder gives one name to two folders.');
  const place = whatLiesAt(folder);
  if (place === 'nothing') throw new UserError(`Bundle ${shownPath(folder)} does not exist.`);
  if (place !== 'folder') throw new UserError(`Bundle ${shownPath(folder)} is a file, expected a folder.`);
  const bundle = await openBundle(dirSource(folder), bundleOptions(flags));
  // First, because its sentences name the tensor; a checksum only says that something differs.
  const model = await openModel(bundle);
  const more = withRewards(bundle, folders);
  const labels: string[] = [];
  for (const [name, { describe }] of folders) {
    const [{ reward }] = (await RewardMixture.open(more, name)).parts;
    labels.push(`Reward ${name} from ${describe}: ${reward.label}.`);
  }
  await verifyBundle(bundle);
  for (const label of labels) message(label);
  return { ...model, bundle: more };
}

/** @throws UserError where it is not `NAME=DIR`, or no folder is there */
function rewardFolder(given: string): [name: string, source: FileSource] {
  const [, name, folder] = /^([^=]+)=(.+)$/.exec(given) ?? [];
  if (folder === undefined) {
    throw new UserError(`--reward-folder is ${quoted(given)}, expected NAME=DIR, as in pickscore=models/PickScore_v1.`);
  }
  const place = whatLiesAt(folder);
  if (place !== 'folder') {
    const found = place === 'nothing' ? 'does not exist' : 'is a file, expected a folder';
    throw new UserError(`Reward folder ${shownPath(folder)} ${found}.`);
  }
  return [name, dirSource(folder)];
}
