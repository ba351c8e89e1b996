/** @file bundle.json of a base that has none: what its folders and files say, and defaults for what none of them does. */
import { type FileSource, readJson } from '../formats/file-source';
import type { Denoiser } from './denoisers/denoiser';
import type { Embeddings } from './embeddings';

/** Pixels a side where nobody says how large the pictures are. */
const DEFAULT_SIDE = 256;
/** Tokens of a prompt where a tokeniser does not say, and the most it may say. */
const DEFAULT_TOKENS = 64;
const MOST_TOKENS = 512;

/** The keys that bundle.json must have. */
export interface MadeManifest {
  name: string;
  version: number;
  image: { width: number; height: number };
  text: { max_length: number };
  rewards: string[];
}

export async function makeManifest(source: FileSource, embeddings: Embeddings | null): Promise<MadeManifest> {
  return {
    name:
      source.describe
        .split(/[\\/]+/)
        .filter(Boolean)
        .at(-1) ?? 'base',
    version: 1,
    image: { width: DEFAULT_SIDE, height: DEFAULT_SIDE },
    text: { max_length: embeddings?.length ?? (await tokensOf(source)) },
    rewards: await rewardsOf(source),
  };
}

/** Names of the folders in `rewards/` that have a config, transformers' or open_clip's. */
async function rewardsOf(source: FileSource): Promise<string[]> {
  const paths = await source.list('rewards');
  return [...new Set(paths.flatMap((path) => /^([\w-]+)\/(?:open_clip_)?config\.json$/.exec(path)?.[1] ?? []))];
}

async function tokensOf(source: FileSource): Promise<number> {
  const file = 'tokenizer/tokenizer_config.json';
  if ((await source.size(file)) === undefined) return DEFAULT_TOKENS;
  const { model_max_length: most } = ((await readJson(source, file)) ?? {}) as { model_max_length?: unknown };
  // Some tokenisers write an astronomically large number for "no limit".
  return typeof most === 'number' && most >= 2 && most <= MOST_TOKENS ? Math.floor(most) : DEFAULT_TOKENS;
}

/**
 * scheduler_config.json of a base whose folder has none: a shift by tokens, as FLUX.1-dev and FLUX.2 have it; none for
 * FLUX.1-schnell, which embeds no guidance.
 */
export function usualScheduler({ config, pooledText }: Pick<Denoiser, 'config' | 'pooledText'>): object {
  return { use_dynamic_shifting: config.guidance_embeds || pooledText === null };
}
