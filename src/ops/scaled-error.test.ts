import { describe, expect, it } from 'vitest';
import { gradients } from '../compiler/differentiate';
import { expectKernelsMatchReference, randomArray } from '../compiler/testing';
import { input } from '../graph/graph';
import { interpret } from '../graph/interpret';
import { scaledError } from './scaled-error';

const SHAPE = [3, 71] as const;

describe('scaled error', () => {
  it('matches its reference, and so does its gradient', async () => {
    await expectKernelsMatchReference([SHAPE], ([d]) => scaledError(d));
    await expectKernelsMatchReference([SHAPE, [3]], ([d, dy]) => gradients(scaledError(d), dy, [d])[0]);
  });
  it('is the mean square over the mean magnitude', () => {
    const d = input('d', [2, 2]);
    const [error] = interpret([scaledError(d)], new Map([[d, [1, -3, 0, 1e-9]]]));
    expect(error[0]).toBeCloseTo(5 / 2, 12);
    expect(error[1]).toBeCloseTo(5e-19 / 1e-5, 20);
  });
  it('its gradient is that of the mean square over a constant', () => {
    const [d, dy] = [input('d', SHAPE), input('dy', [3])];
    const data = randomArray(3 * 71);
    const seed = [1, -2, 0.5];
    const leaves = new Map<typeof d, ArrayLike<number>>([
      [d, data],
      [dy, seed],
    ]);
    const [gradient] = interpret(gradients(scaledError(d), dy, [d]), leaves);
    data.forEach((v, i) => {
      const row = Math.floor(i / 71);
      const magnitude = data.subarray(row * 71, row * 71 + 71).reduce((sum, x) => sum + Math.abs(x), 0) / 71;
      expect(gradient[i]).toBeCloseTo((seed[row] * 2 * v) / 71 / magnitude, 12);
    });
  });
  it('wants rows', () => expect(() => scaledError(input('d', [2]))).toThrow('expected [rows, length]'));
});
