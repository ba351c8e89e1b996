/**
 * @file The two kernels of a pointwise op, one shader: an invocation computes one element, or sixteen that lie a
 * workgroup apart, which saves CPU adapters most of the cost of starting workgroups.
 */

import { grid } from './grid';
import type { Dispatch, Kernel } from './kernel';

/** @param shader one that includes shaders/common/pointwise.wgsl */
export function pointwiseKernels(
  shader: string,
  count: number,
  dispatch: Pick<Dispatch, 'buffers' | 'params' | 'constants'>,
): Kernel[] {
  const kernel = (variant: string, perInvocation: number): Kernel => ({
    variant,
    dispatches: [
      {
        ...dispatch,
        shader,
        constants: { ...dispatch.constants, PER_INVOCATION: perInvocation },
        workgroups: grid(count, 64 * perInvocation),
      },
    ],
  });
  return [kernel('scalar', 1), kernel('block', 16)];
}
