/**
 * @file Text-conditioned rewards: r = f(image)·((1+κ)·C₊ − C₋), f and C L2-normalised (SRPO, eqs. 8–11).
 *
 * Several rewards mix by weight; `aesthetic` knows no words and scores the picture alone.
 */
import { UserError } from '../errors';
import type { RunFile } from '../formats/run-file';
import { input, type Value } from '../graph/graph';
import type { Bundle, Reward } from '../models/bundle';
import { aestheticScore, clipImageFeatures } from '../models/clip-vision';
import { WeightScope } from '../models/weights';
import { add } from '../ops/add';
import { reshape } from '../ops/reshape';
import { rowDot } from '../ops/row-dot';
import { scale } from '../ops/scale';

/** One reward of the mixture, its text side in memory. */
export interface OpenReward {
  name: string;
  /** Share of the mixture; the shares add up to 1. */
  share: number;
  reward: Reward;
  /** [projection, pooled] row by row; null for `aesthetic`. */
  projection: { rows: number; columns: number; data: Float32Array } | null;
}

/** Shares by reward name, in the run file's order, adding up to 1. */
export function rewardShares(model: RunFile['reward']['model']): [name: string, share: number][] {
  if (typeof model === 'string') return [[model, 1]];
  const entries = Object.entries(model);
  const total = entries.reduce((sum, [, w]) => sum + w, 0);
  return entries.map(([name, w]) => [name, w / total]);
}

/** @throws UserError for a reward the bundle lacks, or a tensor of it that is missing or does not fit */
export async function openRewards(bundle: Bundle, run: RunFile, pooledSize: number): Promise<OpenReward[]> {
  const open: OpenReward[] = [];
  for (const [name, share] of rewardShares(run.reward.model)) {
    const reward = await bundle.openReward(name);
    let projection: OpenReward['projection'] = null;
    if (reward.kind === 'clip') {
      const { shape, data } = await reward.textProjection.readFloat32('text_projection.weight');
      const expected = [reward.config.projection_dim, pooledSize];
      if (shape.length !== 2 || shape[0] !== expected[0] || shape[1] !== expected[1]) {
        throw new UserError(
          `${reward.textProjection.name}: tensor text_projection.weight has shape [${shape.join(', ')}], expected [${expected.join(', ')}].`,
        );
      }
      projection = { rows: shape[0], columns: shape[1], data };
    }
    open.push({ name, share, reward, projection });
  }
  // Traced once here, so that a wrong tensor is an error before a device is asked for.
  rewardGraph(open, rewardScopes(open), input('picture', [1, bundle.image.height, bundle.image.width, 3]));
  return open;
}

/** L2-normalised text features of one pooled embedding. */
export function textFeatures(projection: NonNullable<OpenReward['projection']>, pooled: Float32Array): Float32Array {
  const { rows, columns, data } = projection;
  const out = new Float32Array(rows);
  let norm = 0;
  for (let r = 0; r < rows; r++) {
    let sum = 0;
    for (let c = 0; c < columns; c++) sum += data[r * columns + c] * pooled[c];
    out[r] = sum;
    norm += sum * sum;
  }
  norm = Math.max(Math.sqrt(norm), 1e-12);
  return out.map((v) => v / norm);
}

/** Scopes of every model the mixture needs, once each. */
export function rewardScopes(rewards: readonly OpenReward[]): WeightScope[] {
  const scopes = new Map<string, WeightScope>();
  const scope = (model: string, make: () => WeightScope) => {
    if (!scopes.has(model)) scopes.set(model, make());
  };
  for (const { reward } of rewards) {
    const tower = reward.kind === 'clip' ? reward : reward.backbone;
    scope(`rewards/${tower.name}`, () => new WeightScope(`rewards/${tower.name}`, tower.tensors));
    if (reward.kind === 'aesthetic')
      scope(`rewards/${reward.name}`, () => new WeightScope(`rewards/${reward.name}`, reward.head));
  }
  return [...scopes.values()];
}

/**
 * The mixture's reward [R] of pictures [R, H, W, 3].
 *
 * Inputs it declares, a row each: `reward.NAME.direction` [R, projection] = (1+κ)·C₊ − C₋ (denoise) or
 * (1+κ)·C₋ − C₊ (inversion); `reward.NAME.factor` [R, 1] = 1+κ or −1 for `aesthetic`.
 * @returns the reward, and each tower's normalised image features by name
 */
export function rewardGraph(
  rewards: readonly OpenReward[],
  scopes: readonly WeightScope[],
  picture: Value,
): { reward: Value; features: Map<string, Value> } {
  const rows = picture.shape[0];
  const scopeOf = (model: string) => scopes.find((s) => s.model === `rewards/${model}`)!;
  const features = new Map<string, Value>();
  const featuresOf = (tower: Extract<Reward, { kind: 'clip' }>): Value => {
    let f = features.get(tower.name);
    if (!f) {
      f = clipImageFeatures(tower.config, scopeOf(tower.name), picture);
      features.set(tower.name, f);
    }
    return f;
  };
  let sum: Value | null = null;
  for (const { name, share, reward } of rewards) {
    let r: Value;
    if (reward.kind === 'clip') {
      const f = featuresOf(reward);
      r = rowDot(f, input(`reward.${name}.direction`, f.shape));
    } else {
      const score = aestheticScore(scopeOf(name), featuresOf(reward.backbone));
      r = rowDot(scale(score, 1 / AESTHETIC_TOP), input(`reward.${name}.factor`, [rows, 1]));
    }
    const part = share === 1 ? r : scale(r, share);
    sum = sum ? add(sum, part) : part;
  }
  return { reward: reshape(sum!, [rows]), features };
}

/** Scores run from 0 to 10; the reward is the score over 10. */
const AESTHETIC_TOP = 10;

/** A row's reward inputs by name, for the wanted text C₊ and the unwanted C₋. */
export function rewardInputs(
  rewards: readonly OpenReward[],
  branch: 'denoise' | 'inversion',
  kappa: number,
  positivePooled: Float32Array,
  negativePooled: Float32Array,
): Record<string, Float32Array> {
  return Object.fromEntries(
    rewards.map(({ name, projection }) => {
      if (!projection) return [`reward.${name}.factor`, Float32Array.of(branch === 'denoise' ? 1 + kappa : -1)];
      const plus = textFeatures(projection, branch === 'denoise' ? positivePooled : negativePooled);
      const minus = textFeatures(projection, branch === 'denoise' ? negativePooled : positivePooled);
      return [`reward.${name}.direction`, plus.map((v, i) => (1 + kappa) * v - minus[i])];
    }),
  );
}
