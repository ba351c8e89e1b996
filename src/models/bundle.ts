/**
 * @file A base bundle: a folder in diffusers' layout, with a bundle.json or without, whose transformer may be one file as
 * people have it. Opening reads and checks the small JSON files and headers only; weights are opened when they are asked for.
 */
import * as z from 'zod/mini';
import { UserError } from '../errors';
import { type FileSource, missingFile, nameIn, readJson, readText } from '../formats/file-source';
import { type PerceptionFile, parsePerception } from '../formats/perception';
import { openTensors } from '../formats/safetensors';
import { integer, parseWith, real, text } from '../formats/schema';
import type { TensorSet } from '../formats/tensor-set';
import { linesOf } from '../formats/utf8';
import { quoted, showList, shown } from '../shown';
import { parseSchedulerConfig, parseVaeConfig, type SchedulerConfig, type VaeConfig, vaeScaleFactor } from './configs';
import type { Denoiser, DenoiserConfig } from './denoisers/denoiser';
import { EMBEDDINGS, type Embeddings, openEmbeddings } from './embeddings';
import type { BaseIdentity } from './known-bases';
import { makeManifest, usualScheduler } from './made-manifest';
import { forDevice, type Quantised } from './quantised';
import { openTransformerFolder, weightsAmong } from './transformer-folder';

/** `files` of bundle.json: path → size and sha256. */
export const bundleFiles = z.record(
  z.string(),
  z.looseObject(
    {
      bytes: integer(0, Number.MAX_SAFE_INTEGER),
      sha256: z
        .string({ error: '64 hexadecimal digits' })
        .check(z.regex(/^[0-9a-f]{64}$/, { error: '64 hexadecimal digits' })),
    },
    { error: 'an object with bytes and sha256' },
  ),
  { error: 'an object of files with bytes and sha256' },
);

/** Image tokens of the largest picture: 4096 × 4096 pixels with an autoencoder of factor 8. */
const MAX_IMAGE_TOKENS = 65_536;

const side = integer(1, 16_384);
const bundleSchema = z.looseObject(
  {
    name: text('the name of the bundle'),
    version: real(0, 1e9),
    image: z.looseObject({ width: side, height: side }, { error: 'an object with width and height in pixels' }),
    text: z.looseObject(
      { max_length: integer(2, 4096), hidden: z.optional(integer(1, 65536)) },
      { error: 'an object with max_length in tokens' },
    ),
    rewards: z.array(
      z
        .string({ error: 'the name of a reward' })
        .check(z.regex(/^[\w-]+$/, { error: 'the name of a folder in rewards/' })),
      { error: 'a list of reward names' },
    ),
    files: z.optional(bundleFiles),
    licence: z._default(z.string({ error: 'the name of a licence' }), ''),
    attribution: z._default(z.array(z.string({ error: 'text' }), { error: 'a list of texts' }), []),
    words: z.optional(text('the name of a text file')),
    judge: z.optional(text('the name of a folder')),
    perception: z.optional(text('the name of a JSON file')),
  },
  { error: 'an object with name, version, image, text and rewards' },
);

const labelsSchema = z.looseObject(
  {
    styles: z.array(
      z.looseObject(
        { words: z.array(text('a control word'), { error: 'a list of control words' }) },
        { error: 'an object with words' },
      ),
      { error: 'a list of styles' },
    ),
  },
  { error: 'an object with styles' },
);

/** bundle.json. */
export type BundleManifest = z.output<typeof bundleSchema>;

/** A reward's folder: what its kind is opened from. */
export interface RewardFolder {
  name: string;
  /** In `source`: `rewards/NAME` of a bundle, '' where the source is the folder itself. */
  path: string;
  source: FileSource;
  /** The value of its config.json (or open_clip_config.json), unchecked. */
  config: unknown;
  /** What to call that file in a sentence. */
  file: string;
}

/** The path in its source of a file of a reward's folder. */
export const inFolder = ({ path }: Pick<RewardFolder, 'path'>, file: string) =>
  path === '' ? file : `${path}/${file}`;

export interface Bundle {
  source: FileSource;
  manifest: BundleManifest;
  name: string;
  /** Picture size in pixels. */
  image: { width: number; height: number };
  /** Packed image tokens of one picture: (width / 16) × (height / 16) for a factor-8 autoencoder. */
  imageTokens: number;
  maxTextTokens: number;
  /** Rewards that are listed and there. */
  rewards: string[];
  denoiser: Denoiser;
  modulationsAhead: boolean;
  /** The denoiser's config.json. */
  transformer: DenoiserConfig;
  /** Channels of a pooled text: what the transformer reads, or else as many as a token of the text has. */
  pooledText: number;
  vae: VaeConfig;
  scheduler: SchedulerConfig;
  /** s of the schedule σ' = s·σ/(1 + (s − 1)·σ) for a rollout of so many steps. */
  shift(steps: number): number;
  /** Prompts encoded before, in place of a text encoder; null where there are none. */
  embeddings: Embeddings | null;
  /** In storage types that the engine computes with. */
  openTransformer(): Promise<TensorSet>;
  openVae(): Promise<TensorSet>;
  /** @throws UserError naming the rewards there are, where `name` is none of them */
  rewardFolder(name: string): Promise<RewardFolder>;
  readTextEncoder(): Promise<{ tokenizerJson: unknown; tokenizerConfig: unknown; onnx: Uint8Array<ArrayBuffer> }>;
  /** Groups of words the base was trained on; empty where the bundle has none. */
  readWords(): Promise<string[][]>;
  /** The control words of each style the base was taught, as its judge lists them; empty where it has none. */
  readStyles(): Promise<string[][]>;
  /** How its rewards see its control words; null where it does not say, or says it of another base. */
  readPerception(): Promise<PerceptionFile | null>;
}

/** What the user wants otherwise than the files have it; no part of a run. */
export interface BundleOptions {
  /** What floats of the transformer's blocks are stored as on the device. */
  quantise?: Quantised;
  /** Pixels a side of square pictures. */
  size?: number;
  /** Tokens of a text at most. */
  textTokens?: number;
  /** Computes modulations before they are needed, so that their weights leave the device (`align/modulations.ts`). */
  modulationsAhead?: boolean;
}

/**
 * Opens a bundle: reads bundle.json and the configs, or makes them of what lies there, and checks that they fit one another.
 *
 * @throws UserError naming the file and key that is missing or wrong
 */
export async function openBundle(source: FileSource, options: BundleOptions = {}): Promise<Bundle> {
  const label = (file: string) => nameIn(source.describe, file);
  const embeddings = await openEmbeddings(source);
  const manifest = parseWith(bundleSchema, await readManifest(source, embeddings), label('bundle.json'));
  if (options.size !== undefined) manifest.image = { width: options.size, height: options.size };
  const config = async <T>(file: string, parse: (value: unknown, file: string) => T) =>
    parse(await readJson(source, file), label(file));
  const transformerFolder = await openTransformerFolder(source);
  const { denoiser, file: transformerFile } = transformerFolder;
  const transformer = denoiser.config;
  const pooledText = denoiser.pooledText ?? transformer.joint_attention_dim;
  const vae = await config('vae/config.json', parseVaeConfig);

  // FLUX packs 2×2 latents into one token.
  if (transformer.in_channels !== 4 * vae.latent_channels) {
    throw new UserError(
      `${transformerFile}: "in_channels" is ${transformer.in_channels}, expected ${4 * vae.latent_channels}: four times the autoencoder's latent_channels.`,
    );
  }
  const patch = 2 * vaeScaleFactor(vae);
  for (const key of ['width', 'height'] as const) {
    if (manifest.image[key] % patch !== 0) {
      throw new UserError(
        `${label('bundle.json')}: "image.${key}" is ${manifest.image[key]}, expected a multiple of ${patch}.`,
      );
    }
  }
  const imageTokens = (manifest.image.width / patch) * (manifest.image.height / patch);
  if (imageTokens > MAX_IMAGE_TOKENS) {
    throw new UserError(
      `${label('bundle.json')}: "image" is ${manifest.image.width} × ${manifest.image.height} pixels, ${imageTokens} image tokens, expected at most ${MAX_IMAGE_TOKENS}.`,
    );
  }
  const schedulerFile = 'scheduler/scheduler_config.json';
  const scheduler =
    (await source.size(schedulerFile)) === undefined
      ? parseSchedulerConfig(usualScheduler(denoiser), label(schedulerFile))
      : await config(schedulerFile, parseSchedulerConfig);
  requireWidths(embeddings, denoiser, label(EMBEDDINGS));
  const { hidden } = manifest.text;
  const widths = { joint_attention_dim: transformer.joint_attention_dim, pooled_projection_dim: pooledText };
  for (const [key, width] of Object.entries(widths)) {
    if (!embeddings && hidden !== undefined && hidden !== width) {
      throw new UserError(
        `${transformerFile}: "${key}" is ${width}, expected ${hidden}: "text.hidden" of bundle.json.`,
      );
    }
  }

  const rewards: string[] = [];
  for (const name of new Set(manifest.rewards)) {
    if ((await configIn(source, `rewards/${name}`)) !== undefined) rewards.push(name);
  }
  const bundle: Bundle = {
    source,
    manifest,
    name: manifest.name,
    image: { width: manifest.image.width, height: manifest.image.height },
    imageTokens,
    maxTextTokens: Math.min(embeddings?.length ?? manifest.text.max_length, options.textTokens ?? Infinity),
    rewards,
    denoiser,
    modulationsAhead: options.modulationsAhead ?? false,
    transformer,
    pooledText,
    vae,
    scheduler,
    shift: (steps) => {
      if (!scheduler.use_dynamic_shifting) return scheduler.shift;
      // An exponential shift by μ is a static one by e^μ, a linear one by μ.
      const mu = denoiser.mu(scheduler, imageTokens, steps);
      return scheduler.time_shift_type === 'linear' ? mu : Math.exp(mu);
    },
    embeddings,
    openTransformer: async () => forDevice(await transformerFolder.open(), options.quantise),
    openVae: () => openTensors(source, 'vae/diffusion_pytorch_model', 'index'),
    rewardFolder: async (name) => {
      if (!rewards.includes(name)) {
        throw unknownReward(name, manifest.name, rewards);
      }
      return readRewardFolder(name, source, `rewards/${name}`);
    },
    readTextEncoder: async () => ({
      tokenizerJson: await readJson(source, 'tokenizer/tokenizer.json'),
      tokenizerConfig:
        (await source.size('tokenizer/tokenizer_config.json')) === undefined
          ? {}
          : await readJson(source, 'tokenizer/tokenizer_config.json'),
      onnx: await source.read('text_encoder/model.onnx'),
    }),
    readStyles: async () => {
      const file = manifest.judge && `${manifest.judge.replace(/\/+$/, '')}/labels.json`;
      if (!file || (await source.size(file)) === undefined) return [];
      return parseWith(labelsSchema, await readJson(source, file), label(file)).styles.map(({ words }) => words);
    },
    readWords: async () => {
      const file = manifest.words;
      if (file === undefined || (await source.size(file)) === undefined) return [];
      const words = (line: string) => line.split(';').map((word) => word.trim());
      return linesOf(await readText(source, file))
        .map((line) => words(line).filter((word) => word !== ''))
        .filter((group) => group.length > 0);
    },
    readPerception: async () => {
      const file = manifest.perception;
      if (file === undefined || (await source.size(file)) === undefined) return null;
      const perception = parsePerception(await readJson(source, file), label(file));
      return perception.base === (await bundleHash(bundle)) ? perception : null;
    },
  };
  return bundle;
}

/** The config of a reward's folder: transformers', else open_clip's. */
async function configIn(source: FileSource, path: string): Promise<string | undefined> {
  for (const name of ['config.json', 'open_clip_config.json']) {
    const file = inFolder({ path }, name);
    if ((await source.size(file)) !== undefined) return file;
  }
  return undefined;
}

async function readRewardFolder(name: string, source: FileSource, path: string): Promise<RewardFolder> {
  const file = (await configIn(source, path)) ?? inFolder({ path }, 'config.json');
  return { name, path, source, config: await readJson(source, file), file: nameIn(source.describe, file) };
}

/**
 * The bundle with rewards whose folders are elsewhere.
 * @param folders by the reward's name
 * @throws UserError for a name that the bundle has
 */
export function withRewards(bundle: Bundle, folders: ReadonlyMap<string, FileSource>): Bundle {
  for (const [name, { describe }] of folders) {
    if (!/^[\w-]+$/.test(name)) {
      throw new UserError(`${quoted(name)} cannot name the reward in ${describe}: take letters, digits, "_" and "-".`);
    }
    if (bundle.rewards.includes(name)) {
      throw new UserError(
        `Bundle ${shown(bundle.name)} has a reward ${quoted(name)} already: give the one in ${describe} another name.`,
      );
    }
  }
  if (folders.size === 0) return bundle;
  const own = bundle.rewards;
  const rewards = [...own, ...folders.keys()];
  return {
    ...bundle,
    rewards,
    rewardFolder: async (name) => {
      const folder = folders.get(name);
      if (folder) return readRewardFolder(name, folder, '');
      if (own.includes(name)) return bundle.rewardFolder(name);
      throw unknownReward(name, bundle.name, rewards);
    },
  };
}

const unknownReward = (name: string, bundle: string, rewards: readonly string[]) =>
  new UserError(`Unknown reward ${quoted(name)}: bundle ${shown(bundle)} has ${showList(rewards) || 'no rewards'}.`);

/** bundle.json, or the one that would be there. @throws UserError where there is no sign of a base either */
async function readManifest(source: FileSource, embeddings: Embeddings | null): Promise<unknown> {
  if ((await source.size('bundle.json')) !== undefined) return readJson(source, 'bundle.json');
  if (weightsAmong(await source.list('transformer'), source.describe) === undefined) {
    throw new UserError(
      `${source.describe} is no base bundle: it has neither a bundle.json nor weights in a folder transformer/.`,
    );
  }
  return makeManifest(source, embeddings);
}

/** @throws UserError where texts were encoded for another model */
function requireWidths(embeddings: Embeddings | null, { config, pooledText }: Denoiser, file: string): void {
  if (!embeddings) return;
  const { joint_attention_dim: width } = config;
  if (embeddings.width === width && embeddings.pooled === (pooledText ?? embeddings.pooled)) return;
  const has = `tokens of ${embeddings.width} and ${embeddings.pooled || 'nothing'} pooled`;
  throw new UserError(
    `${file} has ${has}, expected ${width} and ${pooledText ?? 'nothing'}: encode the prompts again with this base's text encoders.`,
  );
}

/**
 * Compares every file that bundle.json lists with its size and sha256. A listed reward, judge, word list or perception
 * that is not there is no error: bundles may lack them.
 *
 * @param onProgress called after each file with bytes checked and bytes in all
 * @throws UserError naming the first file that is missing or differs
 */
export async function verifyBundle(bundle: Bundle, onProgress?: (done: number, total: number) => void): Promise<void> {
  const { source, manifest } = bundle;
  const files = Object.entries(manifest.files ?? {});
  const total = files.reduce((sum, [, { bytes }]) => sum + bytes, 0);
  let done = 0;
  for (const [file, { bytes, sha256 }] of files) {
    const size = await source.size(file);
    const optional =
      file.startsWith('rewards/') ||
      file === manifest.words ||
      file === manifest.perception ||
      isOfJudge(manifest, file);
    if (size === undefined && !optional) {
      throw missingFile(source.describe, file);
    }
    if (size !== undefined && size !== bytes) {
      throw new UserError(
        `${source.describe}: file ${shown(file)} has ${size} bytes, expected ${bytes} by bundle.json.`,
      );
    }
    if (size !== undefined && (await sha256Hex(await source.read(file))) !== sha256) {
      throw new UserError(
        `${source.describe}: file ${shown(file)} is damaged: its sha256 is not the one in bundle.json.`,
      );
    }
    done += bytes;
    onProgress?.(done, total);
  }
}

/** Name, version and hash of a bundle's base. */
export async function baseOf(bundle: Bundle): Promise<BaseIdentity> {
  return { name: bundle.name, version: bundle.manifest.version, hash: await bundleHash(bundle) };
}

/**
 * Whether a file belongs to the evaluation network (`judge` in bundle.json), which neither drawing nor training needs.
 *
 * @param file path in the bundle
 */
export function isOfJudge({ judge }: { judge?: string }, file: string): boolean {
  return judge !== undefined && file.startsWith(`${judge.replace(/\/+$/, '')}/`);
}

/** Bytes of a transformer's files that are hashed as they are; no array of a browser holds much more. */
const HASHED_BYTES = 2 ** 30;
/** Of larger ones: bytes of a piece, and how many pieces, from the first bytes to the last. */
const [PIECE_BYTES, PIECES] = [2 ** 18, 64];

/**
 * The base's name in exports: the sha256 of the transformer's weight files, one after the other in name order, as 64
 * hexadecimal digits. Taken from bundle.json where that lists the one file there is. Files of more than 1 GiB together are
 * named by the sha256 of their sizes (as decimal lines) and of 64 pieces of each, at even distances: the head of a file is
 * among them, and reading gigabytes for a name would take longer than opening the base.
 */
export async function bundleHash({ openTransformer, manifest, source }: HashedBundle): Promise<string> {
  const { files } = await openTransformer();
  const listed = files.length === 1 ? manifest.files?.[files[0]] : undefined;
  if (listed) return listed.sha256;
  const sizes: number[] = [];
  for (const file of files) sizes.push((await source.size(file)) ?? 0);
  const isLarge = sizes.reduce((sum, size) => sum + size, 0) > HASHED_BYTES;
  const parts: (Uint8Array<ArrayBuffer> | string)[] = isLarge ? [`${sizes.join('\n')}\n`] : [];
  for (const [i, file] of files.entries()) {
    if (!isLarge) {
      parts.push(await source.read(file));
      continue;
    }
    const last = Math.max(0, sizes[i] - PIECE_BYTES);
    for (let piece = 0; piece < PIECES; piece++) {
      const begin = Math.floor((last * piece) / (PIECES - 1));
      parts.push(await source.read(file, begin, Math.min(sizes[i], begin + PIECE_BYTES)));
    }
  }
  return sha256Hex(new Uint8Array(await new Blob(parts).arrayBuffer()));
}

type HashedBundle = Pick<Bundle, 'openTransformer' | 'manifest' | 'source'>;

/** sha256 of bytes as 64 hexadecimal digits. */
export async function sha256Hex(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
