import { describe, expect, it } from 'vitest';
import { gradients } from '../compiler/differentiate';
import { expectGradientsMatch, expectKernelsMatchReference } from '../compiler/testing';
import { input } from '../graph/graph';
import { interpret } from '../graph/interpret';
import { hinge } from './hinge';

describe('hinge', () => {
  it('matches its reference at odd shapes', async () => {
    await expectKernelsMatchReference([[71]], ([r]) => hinge(r, 0.3));
    await expectKernelsMatchReference([[3, 5]], ([r]) => hinge(r, -0.2));
  });
  it('has the right gradient', async () => {
    await expectGradientsMatch([[71]], ([r]) => hinge(r, 0.3));
  });
  it('pulls only below the margin, not at it', () => {
    const [r, dy] = [input('r', [3]), input('dy', [3])];
    const [dr] = gradients(hinge(r, 0.5), dy, [r]);
    const leaves = new Map([
      [r, [0.25, 0.5, 1]],
      [dy, [2, 2, 2]],
    ]);
    expect([...interpret([dr], leaves)[0]]).toEqual([-2, 0, 0]);
  });
});
