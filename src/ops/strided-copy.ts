/**
 * @file The dispatch behind slice, concat, permute, expand and upsample: a block copied between two strided layouts.
 */
import type { Shape, Value } from '../graph/graph';
import { grid } from './grid';
import type { Dispatch } from './kernel';

/** Axes from the outermost to the innermost; strides and offsets count numbers. A source stride of 0 repeats. */
export interface Block {
  sizes: Shape;
  from: readonly number[];
  to: readonly number[];
  fromOffset?: number;
  toOffset?: number;
}

const MAX_AXES = 6;

/** Strides of a contiguous tensor. */
export function strides(shape: Shape): number[] {
  const result = new Array<number>(shape.length).fill(1);
  for (let i = shape.length - 2; i >= 0; i--) result[i] = result[i + 1] * shape[i + 1];
  return result;
}

/**
 * Copies `block` from x to `out`, in fours where everything divides.
 * @throws where more than six axes remain after joining neighbours that are contiguous in both layouts.
 */
export function stridedCopy(x: Value, out: Value, block: Block): Dispatch {
  // Innermost first, as the shader numbers them.
  const axes: { size: number; from: number; to: number }[] = [];
  for (let i = block.sizes.length - 1; i >= 0; i--) {
    const axis = { size: block.sizes[i], from: block.from[i], to: block.to[i] };
    const inner = axes.at(-1);
    if (axis.size === 1) continue;
    if (inner && axis.from === inner.from * inner.size && axis.to === inner.to * inner.size) inner.size *= axis.size;
    else axes.push(axis);
  }
  if (axes.length === 0) axes.push({ size: 1, from: 1, to: 1 });
  if (axes.length > MAX_AXES) throw new Error(`a copy of [${block.sizes}] has more than ${MAX_AXES} axes`);
  let fromOffset = block.fromOffset ?? 0;
  let toOffset = block.toOffset ?? 0;
  const [inner, ...outer] = axes;
  const byFour =
    inner.from === 1 &&
    inner.to === 1 &&
    [inner.size, fromOffset, toOffset, ...outer.flatMap((a) => [a.from, a.to])].every((n) => n % 4 === 0);
  if (byFour) {
    inner.size /= 4;
    fromOffset /= 4;
    toOffset /= 4;
    for (const axis of outer) {
      axis.from /= 4;
      axis.to /= 4;
    }
  }
  const count = axes.reduce((n, a) => n * a.size, 1);
  const params: Record<string, number> = { count, from_offset: fromOffset, to_offset: toOffset };
  for (let i = 0; i < MAX_AXES; i++) {
    params[`size_${i}`] = axes[i]?.size ?? 1;
    params[`from_${i}`] = axes[i]?.from ?? 0;
    params[`to_${i}`] = axes[i]?.to ?? 0;
  }
  return {
    shader: byFour ? 'copy/vec4' : 'copy/scalar',
    buffers: { x, out },
    params,
    constants: { AXES: axes.length },
    workgroups: grid(count, 64),
  };
}
