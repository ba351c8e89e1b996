import { describe, expect, it } from 'vitest';
import { gradients } from '../compiler/differentiate';
import { expectGradientsMatch, expectKernelsMatchReference } from '../compiler/testing';
import { input } from '../graph/graph';
import { affineChannels } from './affine-channels';

describe('affineChannels', () => {
  const shapes = [[2, 5, 3, 7], [7], [7]];
  it('matches its reference at odd shapes', async () => {
    await expectKernelsMatchReference(shapes, ([x, scale, shift]) => affineChannels(x, scale, shift));
  });
  it('has the right gradient for x', async () => {
    await expectGradientsMatch(shapes, ([x, scale, shift]) => affineChannels(x, scale, shift), { wrt: [0] });
  });
  it('refuses another number of channels, and a gradient for scale or shift', () => {
    const [x, c] = [input('x', [2, 3]), input('c', [3])];
    expect(() => affineChannels(x, c, input('d', [2]))).toThrow('scale [3] and shift [2] for [2,3]');
    expect(() => gradients(affineChannels(x, c, c), x, [c])).toThrow(
      'affine-channels has no gradient for its input 1 (c)',
    );
  });
});
