/**
 * @file A bundle's models as graphs: the velocity of its transformer and the picture of its decoder; no device yet.
 */
import type { Executable } from '../graph/executable';
import { input, type Value } from '../graph/graph';
import type { LoraLayout } from '../lora/layout';
import { repeatRows } from '../methods/rows';
import { decode, type LatentStatistics, readStatistics } from '../models/autoencoder-tiny';
import type { Bundle } from '../models/bundle';
import { vaeScaleFactor } from '../models/configs';
import type { Modulations, TembInputs } from '../models/denoisers/denoiser';
import { sinusoidal, TIME_CHANNELS, transformerLinears } from '../models/flux';
import { WeightScope } from '../models/weights';
import { clamp } from '../ops/clamp';

/** The bundle's files and sizes, checked; no device yet. */
export interface Model {
  bundle: Bundle;
  transformer: WeightScope;
  vae: WeightScope;
  /** Of the latents, in place of the autoencoder's scaling and shift; null where it has those. */
  statistics: LatentStatistics | null;
  /** Image tokens down and across. */
  grid: readonly [rows: number, columns: number];
  linears: { name: string; in: number; out: number }[];
  /** Numbers in one picture's packed latents: image tokens × in_channels. */
  latentSize: number;
}

/** Opens the models' headers and traces them, so that a wrong tensor is an error before a device is asked for. */
export async function openModel(bundle: Bundle): Promise<Model> {
  const transformer = new WeightScope('transformer', await bundle.openTransformer());
  const vae = new WeightScope('vae', await bundle.openVae());
  const patch = 2 * vaeScaleFactor(bundle.vae);
  const grid = [bundle.image.height / patch, bundle.image.width / patch] as const;
  const latentSize = grid[0] * grid[1] * bundle.transformer.in_channels;
  const statistics = await readStatistics(bundle.vae, vae);
  const linears = transformerLinears(transformer);
  const model: Model = { bundle, transformer, vae, statistics, grid, linears, latentSize };
  velocity({ ...model, bundle: { ...bundle, modulationsAhead: false } }, null, 1);
  picture(model, latents(model, 1, 'latents'));
  return model;
}

/** An input of packed latents [rows, image tokens, in_channels]. */
export const latents = ({ bundle }: Model, rows: number, name: string): Value =>
  input(name, [rows, bundle.imageTokens, bundle.transformer.in_channels]);

/** Inputs of a velocity call's modulations: `time` and, where the transformer reads them, `pooled` and `guidance`. */
export function tembInputs({ bundle: { denoiser } }: Model, rows: number, call = ''): TembInputs {
  const { config, pooledText } = denoiser;
  return {
    pooled: pooledText === null ? null : input(`${call}pooled`, [rows, pooledText]),
    time: input(`${call}time`, [rows, TIME_CHANNELS]),
    guidance: config.guidance_embeds ? input(`${call}guidance`, [rows, TIME_CHANNELS]) : null,
  };
}

/** Writes pooled text and guidance of `tembInputs`, of so many rows, where the graph reads them. */
export function writePooled(
  to: Pick<Executable, 'write' | 'has'>,
  pooled: Float32Array<ArrayBuffer>,
  rows: number,
  guidance: number,
  call = '',
): void {
  if (to.has(`${call}pooled`)) to.write(`${call}pooled`, pooled);
  if (to.has(`${call}guidance`)) to.write(`${call}guidance`, repeatRows(sinusoidal([guidance]), rows));
}

/** The modulations that calls with that LoRA are given; null where they make them themselves. */
function givenModulations({ bundle }: Model, lora: LoraLayout | null): Modulations | null {
  const { modulations } = bundle.denoiser;
  if (!bundle.modulationsAhead || !modulations) return null;
  return lora && [...lora.linears].some(modulations.dependOn) ? null : modulations;
}

/**
 * The transformer's velocity of `x` (by default an input `x`), with its conditioning as inputs
 * `tokens` and those of `tembInputs`, or instead of the latter `modulations`.
 * @param call put before the inputs' names, where a graph calls the transformer more than once
 */
export function velocity(
  model: Model,
  lora: LoraLayout | null,
  rows: number,
  x = latents(model, rows, 'x'),
  call = '',
): Value {
  const { bundle, transformer, grid } = model;
  const { denoiser } = bundle;
  const given = givenModulations(model, lora);
  return denoiser.velocity(
    transformer,
    lora,
    {
      latents: x,
      tokens: input(`${call}tokens`, [rows, bundle.maxTextTokens, denoiser.config.joint_attention_dim]),
      modulation: given ? input(`${call}modulations`, [rows, widthOf(given)]) : tembInputs(model, rows, call),
    },
    grid,
  );
}

/** Numbers of all modulations of one sample. */
export const widthOf = ({ linears }: Modulations): number => linears.reduce((sum, { out }) => sum + out, 0);

/** Pictures [rows, H, W, 3] in 0 … 1 of packed latents. */
export const picture = ({ bundle, vae, grid, statistics }: Model, x0: Value): Value =>
  clamp(decode(bundle.vae, vae, x0, grid, statistics), 0, 1);
