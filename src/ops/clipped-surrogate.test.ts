import { describe, expect, it } from 'vitest';
import { gradients } from '../compiler/differentiate';
import { expectGradientsMatch, expectKernelsMatchReference } from '../compiler/testing';
import { input } from '../graph/graph';
import { interpret } from '../graph/interpret';
import { clippedSurrogate, UNMOVED } from './clipped-surrogate';

describe('clipped surrogate', () => {
  it('matches its reference', async () => {
    await expectKernelsMatchReference([[71], [71], [71]], ([l, o, a]) => clippedSurrogate(l, o, a, 0.2));
  });
  it('has the right gradient', async () => {
    await expectGradientsMatch([[71], [71], [71]], ([l, o, a]) => clippedSurrogate(l, o, a, 0.2), { wrt: [0] });
  });
  it('at ρ = 1 it is −A with gradient −A; beyond the clip, where that makes it worse, the gradient goes on', () => {
    const names = ['logp', 'old', 'advantage', 'dy'];
    const [logp, old, advantage, dy] = names.map((name) => input(name, [6]));
    const loss = clippedSurrogate(logp, old, advantage, 0.1);
    const [d] = gradients(loss, dy, [logp]);
    const leaves = new Map([
      [logp, [0, 0, Math.log(2), Math.log(2), Math.log(0.5), Math.log(0.5)]],
      [old, [0, 0, 0, 0, 0, 0]],
      [advantage, [3, -3, 1, -1, 1, -1]],
      [dy, [1, 1, 1, 1, 1, 1]],
    ]);
    const [value, gradient] = interpret([loss, d], leaves).map((data) => [...data]);
    for (const [i, v] of [-3, 3, -1.1, 2, -0.5, 0.9].entries()) expect(value[i]).toBeCloseTo(v, 12);
    for (const [i, v] of [-3, 3, 0, 2, -0.5, 0].entries()) expect(gradient[i]).toBeCloseTo(v, 12);
  });
  it('a row that has not moved has ρ = 1 to the bit', async () => {
    const data = [
      [1.7, -88, 3],
      [UNMOVED, UNMOVED, UNMOVED],
      [2, -2, 0.5],
    ].map((row) => Float32Array.from(row));
    await expectKernelsMatchReference([[3], [3], [3]], ([l, o, a]) => clippedSurrogate(l, o, a, 1e-4), {
      data,
      tolerance: 1e-30,
    });
    const [logp, old, advantage] = data;
    const inputs = ['logp', 'old', 'advantage'].map((name) => input(name, [3]));
    const leaves = new Map(inputs.map((value, i) => [value, [logp, old, advantage][i]]));
    const [l, o, a] = inputs;
    expect([...interpret([clippedSurrogate(l, o, a, 1e-4)], leaves)[0]]).toEqual([-2, 2, -0.5]);
  });
  it('takes rows of one kind only', () => {
    expect(() => clippedSurrogate(input('a', [2]), input('b', [3]), input('c', [2]), 0.1)).toThrow('clipped-surrogate');
  });
});
