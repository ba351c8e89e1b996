/**
 * @file Kernels of attention and its gradient: flash attention, which keeps no scores, and for few tokens a composition of
 * matrix products with a softmax between, whose scores are scratch.
 */
import { extra, input, type Value } from '../graph/graph';
import { type Composition, composedKernel } from './composed';
import { grid } from './grid';
import type { Dispatch, Kernel } from './kernel';
import { matmul } from './matmul';
import type { View } from './matmul-kernels';
import { softmax } from './softmax';

/** Channels of a head that the flash kernels can hold in registers. */
const MOST_CHANNELS = 128;

/** Scores larger than this are never written: they leave every cache, and a gradient needs four matrices of their size. */
const MOST_SCORE_BYTES = 32 * 2 ** 20;

/** Rows, and columns, of a tile (shaders/attention/tiles.wgsl). */
const TILE = 32;

export interface AttentionSizes {
  batch: number;
  /** Queries. */
  s: number;
  /** Keys. */
  t: number;
  heads: number;
  /** Channels of a head. */
  d: number;
}

/** Sizes of a node whose first inputs are q [B, S, H, D] and k [B, T, H, D]. */
export function attentionSizes({ inputs: [q, k] }: Value): AttentionSizes {
  const [batch, s, heads, d] = q.shape;
  return { batch, s, t: k.shape[1], heads, d };
}

/** The scores' factor, 1/√D. */
export const scoreScale = (d: number): number => 1 / Math.sqrt(d);

/** Kernels of the node with inputs q, k, v. */
export function forwardKernels(node: Value): Kernel[] {
  const [q, k, v] = node.inputs;
  const sizes = attentionSizes(node);
  const buffers = { q, k, v, log_sum_exp: 'log_sum_exp', out: node };
  return kernels(sizes, [tiled('attention/forward', sizes, sizes.s, buffers)], {}, () => {
    const leaves = node.inputs.map(standIn);
    const parts = composed(leaves, sizes);
    return {
      inputs: new Map(leaves.map((leaf, i) => [leaf, node.inputs[i]])),
      outputs: new Map<Value, Value | string>([
        [parts.out, node],
        [extra(parts.weights, 'log_sum_exp'), 'log_sum_exp'],
      ]),
    };
  });
}

/** Kernels of the node with inputs q, k, v, attention's output, its gradient and its `log_sum_exp`. */
export function backwardKernels(node: Value): Kernel[] {
  const [q, k, v, out, dy, logSumExp] = node.inputs;
  const sizes = attentionSizes(node);
  const rows = sizes.batch * sizes.s * sizes.heads;
  const rowTerm: Dispatch = {
    shader: 'row-dot/forward',
    buffers: { a: out, b: dy, out: 'row_term' },
    params: { rows, length: sizes.d },
    workgroups: grid(rows, 1),
  };
  const buffers = { q, k, v, dy, log_sum_exp: logSumExp, row_term: 'row_term' };
  const flash = [
    rowTerm,
    tiled('attention/backward-queries', sizes, sizes.s, { ...buffers, dq: node }),
    tiled('attention/backward-keys', sizes, sizes.t, { ...buffers, dk: 'dk', dv: 'dv' }),
  ];
  return kernels(sizes, flash, { row_term: 4 * rows }, () => {
    const real = [q, k, v, dy];
    const leaves = real.map(standIn);
    const parts = composed(leaves, sizes);
    const back = (of: Value, slope: Value) =>
      of.op.gradient!(
        of,
        slope,
        of.inputs.map(() => true),
      ) as Value[];
    const [dWeights, dv] = back(parts.out, leaves[3]);
    const [dScores] = back(parts.weights, dWeights);
    const [dq, dk] = back(parts.scores, dScores);
    return {
      inputs: new Map(leaves.map((leaf, i) => [leaf, real[i]])),
      outputs: new Map<Value, Value | string>([
        [dq, node],
        [dk, 'dk'],
        [dv, 'dv'],
      ]),
    };
  });
}

const standIn = ({ shape }: Value, i: number): Value => input(`${i}`, shape);

/**
 * Flash attention, and where scores may be written the composition, once for each kind of matrix product. CPU adapters
 * compute the latter several times as fast; GPUs show by measurement which they prefer.
 */
function kernels(
  { batch, s, t, heads, d }: AttentionSizes,
  dispatches: Dispatch[],
  scratch: Record<string, number>,
  composition: () => Composition,
): Kernel[] {
  const flash: Kernel = { variant: 'flash', dispatches, scratch };
  const holds = d <= MOST_CHANNELS;
  if (holds && 4 * batch * heads * s * t > MOST_SCORE_BYTES) return [flash];
  const graph = composition();
  const compose = (products: string, order: string[], suits: 'cpu' | 'gpu') =>
    composedKernel(graph, order, { variant: `composed-${products}`, suits });
  return [
    compose('registers', ['registers', 'row'], 'cpu'),
    ...(holds ? [{ ...flash, suits: 'gpu' as const }] : []),
    compose('tiled', ['tiled', 'workgroup'], 'gpu'),
    compose('subgroup-8', ['subgroup-8', 'row'], 'cpu'),
  ];
}

/** Products with strided views: heads are read and written in place. */
function composed([q, k, v]: Value[], { batch, s, t, heads, d }: AttentionSizes) {
  const rows = (length: number): View => ({ b1: length * heads * d, b0: d, row: heads * d, col: 1 });
  const scoresView: View = { b1: heads * s * t, b0: s * t, row: t, col: 1 };
  const batches = [batch, heads] as const;
  const keys = rows(t);
  const scores = matmul(
    q,
    k,
    { m: s, n: t, k: d, batch: batches, a: rows(s), b: { ...keys, row: 1, col: keys.row }, out: scoresView },
    [batch, heads, s, t],
  );
  const weights = softmax(scores, scoreScale(d));
  const out = matmul(weights, v, { m: s, n: d, k: t, batch: batches, a: scoresView, b: keys, out: rows(s) }, [
    batch,
    s,
    heads * d,
  ]);
  return { scores, weights, out };
}

function tiled(
  shader: string,
  { batch, s, t, heads, d }: AttentionSizes,
  rows: number,
  buffers: Dispatch['buffers'],
): Dispatch {
  return {
    shader,
    buffers,
    params: { s, t, heads, d, scale: scoreScale(d) },
    constants: { CHUNKS: Math.ceil(d / 32) },
    workgroups: [Math.ceil(rows / TILE), heads, batch],
  };
}
