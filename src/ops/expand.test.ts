import { describe, expect, it } from 'vitest';
import { expectGradientsMatch, expectKernelsMatchReference } from '../compiler/testing';
import { input } from '../graph/graph';
import { expand } from './expand';

describe('expand', () => {
  it('matches its reference at odd shapes', async () => {
    await expectKernelsMatchReference([[1, 3, 7]], ([x]) => expand(x, 5));
    await expectKernelsMatchReference([[1, 1]], ([x]) => expand(x, 3));
    await expectKernelsMatchReference([[1, 12]], ([x]) => expand(x, 3));
  });
  it('has the sum as gradient', async () => {
    await expectGradientsMatch([[1, 3, 7]], ([x]) => expand(x, 5));
  });
  it('refuses a leading axis that is not 1', () => {
    expect(() => expand(input('x', [2, 3]), 4)).toThrow('[2,3] has no leading axis of size 1');
  });
});
