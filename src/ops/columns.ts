/**
 * @file A [B, C] operand read in place from a wider [B, W] tensor: AdaLN makes scale, shift and gate of several
 * norms in one linear, and their readers take their columns from it without a copy.
 */
import type { Shape, Value } from '../graph/graph';

/** Element (b, c) lies at b·stride + offset + c. */
export interface Columns {
  offset: number;
  stride: number;
}

/** All columns of a [B, C] tensor. */
export const allColumns = (value: Value): Columns => ({ offset: 0, stride: value.shape[1] });

/** The tensor that `value`, a slice of columns, was cut from, and where; null where it is no such slice. */
export function slicedFrom(value: Value, columns: Columns): { source: Value; columns: Columns } | null {
  if (value.op.name !== 'slice' || value.attrs.axis !== 1 || value.shape.length !== 2) return null;
  const source = value.inputs[0];
  return { source, columns: { offset: value.attrs.start + columns.offset, stride: source.shape[1] } };
}

/** Reference: element (sample of flat index i, i mod C) for i in a [B, S, C] tensor. */
export function readColumns(data: Float64Array, columns: Columns, i: number, [, length, width]: Shape): number {
  return data[Math.floor(i / (length * width)) * columns.stride + columns.offset + (i % width)];
}

/** @throws where x is not [B, S, C] or an operand is not [B, C]. */
export function checkColumns(op: string, x: Value, operands: readonly Value[]): void {
  const [batch, , width] = x.shape;
  if (x.shape.length !== 3) throw new Error(`${op}: x is [${x.shape}], not [batch, sequence, channel]`);
  for (const { shape } of operands)
    if (shape.length !== 2 || shape[0] !== batch || shape[1] !== width)
      throw new Error(`${op}: [${shape}] for x [${x.shape}], expected [${batch},${width}]`);
}
