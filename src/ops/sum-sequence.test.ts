import { describe, expect, it } from 'vitest';
import { expectKernelsMatchReference } from '../compiler/testing';
import { input } from '../graph/graph';
import { sumSequence } from './sum-sequence';

describe('sumSequence', () => {
  it('matches its reference, of a tensor and of a product', async () => {
    const shape = [3, 5, 7];
    await expectKernelsMatchReference([shape], ([a]) => sumSequence(a));
    await expectKernelsMatchReference([shape, shape], ([a, b]) => sumSequence(a, b));
  });
  it('refuses shapes that differ', () => {
    expect(() => sumSequence(input('a', [3, 5, 7]), input('b', [3, 4, 7]))).toThrow('[3,5,7] and [3,4,7]');
  });
});
