/**
 * @file AdaLN: layer normalisation without weights, then scaled and shifted by each sample's own scale and shift.
 */
import { type Shape, Value } from '../graph/graph';
import { allColumns, type Columns, checkColumns, readColumns, slicedFrom } from './columns';
import { type Kernel, type KernelOp, ofOtherParts, startsOf, wholeParts } from './kernel';
import { layerNorm, normalizeBackward, normalizeRows } from './layer-norm';
import { rowKernels, rowsOf } from './rows';
import { sumSequence } from './sum-sequence';

interface BackwardAttrs {
  eps: number;
  scale: Columns;
}
interface Attrs extends BackwardAttrs {
  shift: Columns;
}

const modulatedNormOp: KernelOp<Attrs> = {
  name: 'modulated-norm',
  reference: ({ shape, attrs }, [x, scale, shift]) =>
    normalizeRows(x, shape[2], attrs.eps).n.map(
      (v, i) => v * (1 + readColumns(scale, attrs.scale, i, shape)) + readColumns(shift, attrs.shift, i, shape),
    ),
  gradient: ({ inputs: [x, scale], attrs }, dy, needs) => [
    needs[0] ? new Value(backwardOp, [x, dy, scale], { eps: attrs.eps, scale: attrs.scale }, x.shape) : null,
    needs[1] ? sumSequence(dy, layerNorm(x, attrs.eps)) : null,
    needs[2] ? sumSequence(dy) : null,
  ],
  flops: (node) => 10 * node.size,
  fuse: (node) => {
    const [x, scale, shift] = node.inputs;
    const wideScale = slicedFrom(scale, node.attrs.scale);
    const wideShift = slicedFrom(shift, node.attrs.shift);
    if (!wideScale && !wideShift) return null;
    return new Value(
      modulatedNormOp,
      [x, wideScale?.source ?? scale, wideShift?.source ?? shift],
      {
        eps: node.attrs.eps,
        scale: wideScale?.columns ?? node.attrs.scale,
        shift: wideShift?.columns ?? node.attrs.shift,
      },
      node.shape,
    );
  },
  kernels: (node) => forwardKernels(node, [{ ...node.attrs, shape: node.shape }]),
  parts: {
    alike: ({ inputs: [x, ...shared], attrs, shape }) => {
      const { eps, scale, shift } = attrs;
      const key = JSON.stringify([eps, shape[2], scale.stride, shift.stride]);
      return wholeParts(shape) ? [{ key, shared, apart: [x] }] : [];
    },
    join: (nodes) => {
      const [first] = nodes;
      const xs = nodes.map((node) => node.inputs[0]);
      const parts = nodes.map(({ attrs, shape }) => ({ ...attrs, shape }));
      const shape = [nodes.reduce((sum, node) => sum + rowsOf(node.shape).rows, 0), first.shape[2]];
      return new Value(severalOp, [...xs, ...first.inputs.slice(1)], { parts }, shape, 'f32', first);
    },
  },
};

/** One of several: what it has of its own, and the shape of its x. */
interface Part extends Attrs {
  shape: Shape;
}

/** Inputs are the x of each part, then scale and shift; output [all rows, C], part after part. */
const severalOp: KernelOp<{ parts: readonly Part[] }> = {
  name: 'several-modulated-norm',
  reference: ({ attrs: { parts } }, data) => {
    const operands = data.slice(parts.length);
    const each = parts.map(({ shape, ...attrs }, i) =>
      modulatedNormOp.reference!({ shape, attrs } as unknown as Value<Attrs>, [data[i], ...operands]),
    );
    return Float64Array.from(each.flatMap((part) => [...part]));
  },
  flops: (node) => 10 * node.size,
  kernels: (node) => forwardKernels(node, node.attrs.parts),
};

function forwardKernels(node: Value, parts: readonly Part[]): Kernel[] {
  const [scale, shift] = node.inputs.slice(parts.length);
  const [first] = parts;
  const starts = startsOf(parts.map(({ shape }) => rowsOf(shape).rows));
  return rowKernels('modulated-norm/forward', rowsOf(node.shape).rows, {
    buffers: { x: node.inputs.slice(0, parts.length), scale, shift, out: node },
    params: {
      ...rowsOf(node.shape),
      rows_per_sample: first.shape[1],
      scale_offset: first.scale.offset,
      scale_stride: first.scale.stride,
      shift_offset: first.shift.offset,
      shift_stride: first.shift.stride,
      eps: first.eps,
      ...ofOtherParts('start', (i) => starts[i] ?? 0),
      ...ofOtherParts('rows_per_sample', (i) => parts[i]?.shape[1] ?? 1),
      ...ofOtherParts('scale_offset', (i) => parts[i]?.scale.offset ?? 0),
      ...ofOtherParts('shift_offset', (i) => parts[i]?.shift.offset ?? 0),
    },
    constants: { PARTS: parts.length },
  });
}

/** dx from x, dy and scale. */
const backwardOp: KernelOp<BackwardAttrs> = {
  name: 'modulated-norm-backward',
  reference: ({ shape, attrs }, [x, dy, scale]) =>
    normalizeBackward(
      x,
      dy.map((v, i) => v * (1 + readColumns(scale, attrs.scale, i, shape))),
      shape[2],
      attrs.eps,
    ),
  flops: (node) => 16 * node.size,
  fuse: (node) => {
    const [x, dy, scale] = node.inputs;
    const wide = slicedFrom(scale, node.attrs.scale);
    return wide && new Value(backwardOp, [x, dy, wide.source], { ...node.attrs, scale: wide.columns }, node.shape);
  },
  kernels: (node) => {
    const [x, dy, scale] = node.inputs;
    const { attrs, shape } = node;
    return rowKernels('modulated-norm/backward', rowsOf(shape).rows, {
      buffers: { x, dy, scale, out: node },
      params: {
        ...rowsOf(shape),
        rows_per_sample: shape[1],
        scale_offset: attrs.scale.offset,
        scale_stride: attrs.scale.stride,
        eps: attrs.eps,
      },
    });
  },
};

/**
 * n·(1 + scale) + shift for x [B, S, C], scale and shift [B, C]; n is x with mean 0 and population variance 1
 * over the last axis (eps added to the variance).
 * @throws where the shapes do not fit.
 */
export function modulatedNorm(x: Value, scale: Value, shift: Value, eps: number): Value {
  checkColumns('modulated norm', x, [scale, shift]);
  const attrs = { eps, scale: allColumns(scale), shift: allColumns(shift) };
  return new Value(modulatedNormOp, [x, scale, shift], attrs, x.shape);
}
