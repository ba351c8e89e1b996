/**
 * @file Residual addition with a gate of each sample's own: x + gate·y (AdaLN's gates).
 */
import { sameShape, Value } from '../graph/graph';
import { allColumns, type Columns, checkColumns, readColumns, slicedFrom } from './columns';
import type { Kernel, KernelOp } from './kernel';
import { withGate } from './matmul-epilogue';
import { pointwiseKernels } from './pointwise';
import { sumSequence } from './sum-sequence';

interface Attrs {
  gate: Columns;
}

const gatedAddOp: KernelOp<Attrs> = {
  name: 'gated-add',
  reference: ({ shape, attrs }, [x, gate, y]) => x.map((v, i) => v + readColumns(gate, attrs.gate, i, shape) * y[i]),
  gradient: ({ inputs: [, gate, y], attrs }, dy, needs) => [
    needs[0] ? dy : null,
    needs[1] ? sumSequence(dy, y) : null,
    needs[2] ? new Value(gatedOp, [gate, dy], attrs, dy.shape) : null,
  ],
  flops: (node) => 2 * node.size,
  fuse: (node, uses) => {
    const [x, gate, y] = node.inputs;
    const wide = slicedFrom(gate, node.attrs.gate);
    if (wide) return new Value(gatedAddOp, [x, wide.source, y], { gate: wide.columns }, node.shape);
    return uses(y) === 1 && !y.label ? withGate(x, gate, node.attrs.gate, y) : null;
  },
  kernels: (node) => kernels(node, node.inputs[0], node.inputs[1], node.inputs[2]),
};

/** gate·y: the gradient of y. */
const gatedOp: KernelOp<Attrs> = {
  name: 'gated-add-backward',
  reference: ({ shape, attrs }, [gate, y]) => y.map((v, i) => readColumns(gate, attrs.gate, i, shape) * v),
  flops: (node) => node.size,
  fuse: (node) => {
    const wide = slicedFrom(node.inputs[0], node.attrs.gate);
    return wide && new Value(gatedOp, [wide.source, node.inputs[1]], { gate: wide.columns }, node.shape);
  },
  kernels: (node) => kernels(node, null, node.inputs[0], node.inputs[1]),
};

function kernels(node: Value<Attrs>, x: Value | null, gate: Value, y: Value): Kernel[] {
  const [, length, width] = node.shape;
  const { offset, stride } = node.attrs.gate;
  return pointwiseKernels('gated-add/forward', node.size, {
    buffers: { x: x ?? y, gate, y, out: node },
    params: { count: node.size, width, rows_per_sample: length, gate_offset: offset, gate_stride: stride },
    constants: { ADD: x !== null },
  });
}

/** x + gate·y for x and y [B, S, C] and gate [B, C]. @throws where the shapes do not fit. */
export function gatedAdd(x: Value, gate: Value, y: Value): Value {
  checkColumns('gated add', x, [gate]);
  if (!sameShape(x.shape, y.shape)) throw new Error(`gated add: x is [${x.shape}], y [${y.shape}]`);
  return new Value(gatedAddOp, [x, gate, y], { gate: allColumns(gate) }, x.shape);
}
