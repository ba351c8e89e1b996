/**
 * @file The two kernels of an op that reduces over rows (the last axis): `rows=workgroup` gives each row a
 * workgroup of 64 invocations and reduces in shared memory, `rows=invocation` gives it one invocation, which
 * CPU adapters prefer.
 */
import { type Shape, sizeOf } from '../graph/graph';
import { grid } from './grid';
import type { Dispatch, Kernel } from './kernel';

export function rowKernels(
  shader: string,
  rows: number,
  dispatch: Pick<Dispatch, 'buffers' | 'params' | 'constants'>,
): Kernel[] {
  return [
    {
      variant: 'workgroup',
      dispatches: [{ ...dispatch, shader: `${shader} rows=workgroup`, workgroups: grid(rows, 1) }],
    },
    { variant: 'row', dispatches: [{ ...dispatch, shader: `${shader} rows=invocation`, workgroups: grid(rows, 64) }] },
  ];
}

/** How many rows a shape has, and how long each is. */
export function rowsOf(shape: Shape): { rows: number; width: number } {
  const width = shape[shape.length - 1];
  return { rows: sizeOf(shape) / width, width };
}
