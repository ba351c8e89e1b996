/**
 * @file Everything random or rotating about an update, drawn before anything is computed: whatever bench a method runs on,
 * the same seed gives the same plan, noise and prompts.
 */
import type { RunFile } from '../formats/run-file';
import type { ExtraNoise, Method, PlanContext, RandomSource, Update } from './method';

/** A stream of random numbers that an update draws from. */
export interface UpdateRandom extends RandomSource {
  /** n independent standard normals. */
  normals(n: number): Float32Array<ArrayBuffer>;
}

export interface UpdateContext {
  method: Method;
  run: RunFile;
  /** Updates done before this one. */
  update: number;
  /** The rollout's levels, σ_0 = 1 … σ_N = 0. */
  sigmas: readonly number[];
  /** Numbers of one picture's latents. */
  latentSize: number;
  /** How many pictures there are to train from; null where the method rolls out. */
  pictures?: number | null;
}

/** An update's random choices; `pictures` are the indices of those that it trains from, null where it rolls out. */
export type DrawnUpdate = Pick<Update, 'plan' | 'noise' | 'extra'> & { pictures: number[] | null };

/** Plan, pictures, noise and extra noise, in this order from the stream. */
export function drawUpdate(
  { method, run, update, sigmas, latentSize, pictures: count = null }: UpdateContext,
  random: UpdateRandom,
): DrawnUpdate {
  const context: PlanContext<unknown> = { run, options: run.options, update, sigmas };
  const plan = method.draw(context, random);
  const pictures = count === null ? null : drawPictures(count, run.batch, random);
  const size = run.batch * latentSize;
  const noise = random.normals(size);
  if (method.sharesNoise?.(run.options)) shareNoise(noise, groupOf(method, run), latentSize);
  const extra: Partial<Record<ExtraNoise, Float32Array>> = {};
  for (const [name, copies] of Object.entries(method.extraNoise?.(context, plan) ?? {})) {
    extra[name as ExtraNoise] = random.normals(copies * size);
  }
  return { plan, pictures, noise, extra };
}

/** Indices without replacement; where the batch asks for more than there are, all of them again. */
function drawPictures(count: number, batch: number, random: UpdateRandom): number[] {
  let left: number[] = [];
  return Array.from({ length: batch }, () => {
    if (left.length === 0) left = Array.from({ length: count }, (_, i) => i);
    return left.splice(random.integer(0, left.length), 1)[0];
  });
}

/** The update's prompts, in the run file's order, one a picture or one a group of pictures. */
export function promptsOf({ method, run, update }: Pick<UpdateContext, 'method' | 'run' | 'update'>): string[] {
  const group = groupOf(method, run);
  const each = run.batch / group;
  return Array.from(
    { length: run.batch },
    (_, i) => run.prompts[(update * each + Math.floor(i / group)) % run.prompts.length],
  );
}

const groupOf = (method: Method, run: RunFile): number => method.group?.(run.options) ?? 1;

/** Every picture of a group takes the noise of its first. */
function shareNoise(noise: Float32Array, group: number, size: number): void {
  for (let i = 0; i < noise.length / size; i++) {
    const first = i - (i % group);
    noise.copyWithin(i * size, first * size, (first + 1) * size);
  }
}
