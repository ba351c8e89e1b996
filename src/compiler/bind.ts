/**
 * @file A kernel's dispatch with its buffers: the names of the graph become ranges of device memory.
 */
import type { BoundRange, BufferRange, PreparedDispatch } from '../gpu/program';
import type { Value } from '../graph/graph';
import { type Bound, type Dispatch, isOne, MOST_PARTS } from '../ops/kernel';

/**
 * @param node what the dispatch computes; labels it
 * @param flops the arithmetic it is counted with
 * @param rangeOf memory of a value, or of a scratch buffer by its name
 * @throws where what is bound together lies in several buffers
 */
export function bind(
  { shader, constants = {}, params, buffers, workgroups }: Dispatch,
  node: Value,
  flops: number,
  rangeOf: (x: Bound) => BufferRange,
): PreparedDispatch {
  const ranges: Record<string, BoundRange> = {};
  const starts: Record<string, number> = {};
  for (const [name, bound] of Object.entries(buffers)) {
    if (isOne(bound)) {
      ranges[name] = rangeOf(bound);
      continue;
    }
    const parts = bound.map(rangeOf);
    const whole = spanning(parts);
    if (!whole) throw new Error(`${node.label || node.op.name}: the parts of ${name} lie in several buffers`);
    ranges[name] = whole;
    for (let i = 0; i < MOST_PARTS; i++)
      starts[`${name}_at_${i}`] = i < parts.length ? elements(bound[i], parts[i].offset - whole.offset) : 0;
  }
  const label = node.label || node.op.name;
  return {
    shader,
    constants,
    params: { ...params, ...starts },
    buffers: ranges,
    workgroups,
    flops,
    label,
    origin: node.origin,
  };
}

/** The range from the first byte to the last; null where they lie in several buffers. */
export function spanning(ranges: readonly BufferRange[]): BoundRange | null {
  const [{ buffer }] = ranges;
  if (ranges.some((range) => range.buffer !== buffer)) return null;
  const offset = Math.min(...ranges.map((range) => range.offset));
  const end = Math.max(...ranges.map((range) => range.offset + range.bytes));
  const used = ranges.reduce((sum, { bytes }) => sum + bytes, 0);
  return { buffer, offset, bytes: end - offset, used };
}

/** Numbers that so many bytes are, of a type that has each by itself. */
const elements = (of: Bound, bytes: number): number =>
  typeof of === 'string' || of.dtype === 'f32' ? bytes / 4 : bytes / 2;
