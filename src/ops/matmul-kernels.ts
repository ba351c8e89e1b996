/**
 * @file What a matrix multiplication is given by, and its kernels: which WGSL variant can compute which strides and sizes, and how it is dispatched.
 */
import { quantOfDType, type Value } from '../graph/graph';
import { ACTIVATIONS, type ActivationKind } from './activation-kinds';
import type { Columns } from './columns';
import { type Dispatch, dtypeCode, type Kernel, ofOtherParts, startsOf } from './kernel';

/** Element strides of an operand: outer batch, inner batch, row, column. */
export interface View {
  b1: number;
  b0: number;
  row: number;
  col: number;
}

export interface MatmulAttrs {
  m: number;
  n: number;
  k: number;
  /** Outer and inner batch counts. */
  batch: readonly [number, number];
  a: View;
  b: View;
  /** The output's view; its column stride is 1. */
  out: View;
  alpha: number;
  /** Inputs after A and B, in this order where present; then A2 and B2 of `second`, then the gate. */
  bias: boolean;
  residual: boolean;
  /** Plus alpha·A2·B2, A2 [m, depth] and B2 [depth, n] (`rows`) or its transpose: a linear's low-rank update. By fusion only. */
  second?: { depth: number; rows: boolean; alpha: number };
  /** Of the sum with bias and residual. By fusion only. */
  activation?: ActivationKind;
  /** residual + gate·(the sum with the bias), of samples of so many rows. By fusion only. */
  gate?: { rows: number; columns: Columns };
}

/** The inputs by what they are. */
export function operandsOf({
  inputs,
  attrs,
}: Pick<Value<MatmulAttrs>, 'inputs' | 'attrs'>): Record<'bias' | 'residual' | 'a2' | 'b2' | 'gate', number | null> {
  let next = 2;
  const take = (is: boolean) => (is ? next++ : null);
  const operands = {
    bias: take(attrs.bias),
    residual: take(attrs.residual),
    a2: take(!!attrs.second),
    b2: take(!!attrs.second),
    gate: take(!!attrs.gate),
  };
  if (next !== inputs.length) throw new Error(`matmul: ${inputs.length} operands, expected ${next}`);
  return operands;
}

type Node = Value<MatmulAttrs>;

/** Rows that a dispatch of 8 a workgroup reaches. */
export const MOST_ROWS = 8 * 65535;

/**
 * What the kernels read. Of several products (`several-matmul`) one of each, in one buffer, or of `a` the same for all;
 * an operand that there is none of is an empty list.
 */
type Operands = Record<'a' | 'b' | 'bias' | 'residual' | 'a2' | 'b2', readonly Value[]> & { gate: Value | null };

/** Outputs of which tiles would leave most of a GPU idle. */
const FEW_OUTPUTS = 2 ** 15;

/** Candidates for the tuner. All of them work on any adapter that has their feature. */
export function matmulKernels(node: Node): Kernel[] {
  const at = operandsOf(node);
  const operand = (name: keyof typeof at) => (at[name] === null ? null : node.inputs[at[name]]);
  const list = (name: keyof typeof at) => [operand(name)].filter((v) => v !== null);
  const [a, b] = node.inputs;
  return kernelsOf(node, [node.attrs], {
    a: [a],
    b: [b],
    bias: list('bias'),
    residual: list('residual'),
    a2: list('a2'),
    b2: list('b2'),
    gate: operand('gate'),
  });
}

/** The same of several products, the parts of `node`, one after the other: they differ in rows and gate at most. */
export function kernelsOf(node: Value, parts: readonly MatmulAttrs[], operands: Operands): Kernel[] {
  const [attrs] = parts;
  const { n } = attrs;
  const m = Math.max(...parts.map((part) => part.m));
  const { dtype } = operands.b[0];
  const dispatch = (shader: string, constants: Record<string, number | boolean>, counts: [number, number]) =>
    dispatchOf(node, parts, operands, shader, constants, counts);
  const subgroup = (
    lanes: number,
    suits: 'cpu' | 'gpu',
    shader: string,
    constants: Record<string, number | boolean>,
  ): Kernel => ({
    variant: `subgroup-${lanes}`,
    feature: 'subgroups',
    subgroupSize: 8,
    suits,
    dispatches: [dispatch(shader, { ...constants, WORKGROUP: lanes }, [ceil(n, 4 * lanes), ceil(m, 16)])],
  });
  const quads = quadConstants({ attrs });
  requireWholeBlocks(operands.b[0], attrs, quads !== null);
  if (!quads || m > MOST_ROWS) {
    const precision = { W_DTYPE: dtypeCode(dtype) };
    return [
      { variant: 'scalar', dispatches: [dispatch('matmul/scalar', precision, [ceil(n, 16), ceil(m, 16)])] },
      subgroup(8, 'cpu', 'matmul/subgroup_any', precision),
    ];
  }
  const forGpu = (variant: string, counts: [number, number]): Kernel => ({
    variant,
    suits: 'gpu',
    dispatches: [dispatch(`matmul/${variant} weights=${dtype}`, quads, counts)],
  });
  const isWide = m >= 128 && n >= 128;
  const wideF16: Kernel = {
    variant: 'wide-f16',
    feature: 'shader-f16',
    suits: 'gpu',
    dispatches: [dispatch('matmul/wide_f16', quads, [ceil(n, 128), ceil(m, 128)])],
  };
  return [
    {
      variant: 'registers',
      dispatches: [dispatch(`matmul/registers weights=${dtype}`, quads, [ceil(n, 128), ceil(m, 8)])],
    },
    forGpu('tiled', [ceil(n, 64), ceil(m, 64)]),
    ...(isWide ? [forGpu('wide', [ceil(n, 128), ceil(m, 128)])] : []),
    ...(isWide && dtype === 'f16' ? [wideF16] : []),
    ...(attrs.k >= 128 && m * n <= FEW_OUTPUTS ? [forGpu('split', [ceil(n, 4), ceil(m, 8)])] : []),
    subgroup(8, 'cpu', `matmul/subgroup_quads weights=${dtype}`, quads),
    subgroup(32, 'gpu', `matmul/subgroup_quads weights=${dtype}`, quads),
  ];
}

/**
 * Blocks are read four elements at a time, and their scales found by the sizes: B has to be the whole weight. Its rows are
 * whole blocks.
 */
function requireWholeBlocks(b: Value, { m, n, k }: MatmulAttrs, isQuads: boolean): void {
  const quant = quantOfDType(b.dtype);
  if (!quant) return;
  const [rows, columns] = b.shape;
  if (isQuads && m <= MOST_ROWS && n * k === rows * columns && columns % quant.weights === 0) return;
  throw new Error(`matmul: a weight [${b.shape}] in ${b.dtype} cannot be read as ${k} × ${n} for ${m} rows`);
}

const ceil = (a: number, b: number): number => Math.ceil(a / b);
const wholeQuads = (...sizes: number[]): boolean => sizes.every((size) => size % 4 === 0);

/**
 * The constants that tell operands.wgsl which stride is 1, or null where the operands are not made of whole,
 * aligned groups of four.
 */
export function quadConstants({
  attrs: { m, n, k, a, b, out },
}: Pick<Node, 'attrs'>): { A_ROWS: boolean; B_ROWS: boolean } | null {
  const rows = (v: View) => v.col === 1 && wholeQuads(v.row, v.b0, v.b1);
  const columns = (v: View) => v.row === 1 && wholeQuads(v.col, v.b0, v.b1);
  if (!rows(out) || !wholeQuads(n)) return null;
  const aRows = rows(a) && wholeQuads(k);
  if (!aRows && !(columns(a) && wholeQuads(m))) return null;
  const bRows = rows(b);
  if (!bRows && !(columns(b) && wholeQuads(k))) return null;
  return { A_ROWS: aRows, B_ROWS: bRows };
}

function dispatchOf(
  node: Value,
  parts: readonly MatmulAttrs[],
  { a, b, bias, residual, a2, b2, gate }: Operands,
  shader: string,
  constants: Record<string, number | boolean>,
  [x, y]: [number, number],
): Dispatch {
  const [{ m, n, k, batch, alpha, second, activation, ...views }] = parts;
  const gates = parts.map((part) => part.gate);
  const isOne = parts.length === 1;
  const { b1, b0, row } = views.out;
  return {
    shader,
    // Absent operands are bound to something that is already read.
    buffers: {
      a,
      b,
      bias: bias.length > 0 ? bias : b.slice(0, 1),
      residual: residual.length > 0 ? residual : a.slice(0, 1),
      a2: a2.length > 0 ? a2 : a.slice(0, 1),
      b2: b2.length > 0 ? b2 : a.slice(0, 1),
      gate: gate ?? a[0],
      out: node,
    },
    params: {
      ...{ m, n, k, batch0: batch[1], alpha },
      ...{ a_b1: views.a.b1, a_b0: views.a.b0, a_m: views.a.row, a_k: views.a.col },
      ...{ b_b1: views.b.b1, b_b0: views.b.b0, b_k: views.b.row, b_n: views.b.col },
      ...{ o_b1: isOne ? b1 : 0, o_b0: b0, o_m: row },
      alpha2: second?.alpha ?? 0,
      gate_offset: gates[0]?.columns.offset ?? 0,
      gate_stride: gates[0]?.columns.stride ?? 0,
      gate_rows: gates[0]?.rows ?? 1,
      ...rowsOfParts(parts),
      ...ofOtherParts('gate_offset', (i) => gates[i]?.columns.offset ?? 0),
      ...ofOtherParts('gate_rows', (i) => gates[i]?.rows ?? 1),
    },
    untuned: UNTUNED,
    constants: {
      HAS_BIAS: bias.length > 0,
      BIAS_DTYPE: dtypeCode(bias[0]?.dtype ?? 'f32'),
      HAS_RESIDUAL: residual.length > 0,
      ...(second && { RANK: second.depth, B2_ROWS: second.rows }),
      ...(activation && { HAS_ACTIVATION: true, KIND: ACTIVATIONS.indexOf(activation) }),
      ...(gate && { HAS_GATE: true }),
      ...(!isOne && { PARTS: parts.length }),
      ...constants,
    },
    workgroups: [x, y, parts.length * batch[0] * batch[1]],
  };
}

/** Rows of the parts after the first, and where in the output each begins. */
export const rowsOfParts = (parts: readonly MatmulAttrs[]): Record<string, number> => ({
  ...ofOtherParts('m', (i) => parts[i]?.m ?? 0),
  ...ofOtherParts('out_at', (i) => startsOf(parts.map(({ m, n }) => m * n))[i] ?? 0),
});

const UNTUNED = ['alpha2', 'gate_stride', ...Object.keys(rowsOfParts([]))].concat(
  ['gate_offset', 'gate_rows'].flatMap((name) => [name, ...Object.keys(ofOtherParts(name, () => 0))]),
);
