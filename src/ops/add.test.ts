import { describe, expect, it } from 'vitest';
import { input } from '../graph/graph';
import { add } from './add';
import { expectGradientsMatch, expectKernelsMatchReference } from './testing';

describe('add', () => {
  it('matches its reference at odd shapes', async () => {
    await expectKernelsMatchReference(
      [
        [3, 7],
        [3, 7],
      ],
      ([a, b]) => add(a, b),
    );
    await expectKernelsMatchReference([[5, 3, 7], [7]], ([a, b]) => add(a, b));
  });
  it('has the right gradient, also of a repeated operand', async () => {
    await expectGradientsMatch(
      [
        [5, 3, 7],
        [3, 7],
      ],
      ([a, b]) => add(a, b),
    );
  });
  it('refuses shapes that do not fit', () => {
    expect(() => add(input('a', [3, 4]), input('b', [3]))).toThrow('[3] is not the tail of [3,4]');
  });
});
