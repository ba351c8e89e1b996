import { describe, expect, it } from 'vitest';
import { fuse } from '../compiler/fuse';
import { expectGradientsMatch, expectKernelsMatchReference } from '../compiler/testing';
import { input, reachable, type Value } from '../graph/graph';
import { add } from './add';
import { conv2d } from './conv2d';
import { isComputed } from './kernel';
import { linear } from './matmul';

/** The ops computed after fusion. */
const fusedOps = (y: Value) =>
  reachable(fuse([y]))
    .filter(isComputed)
    .map(({ op }) => op.name);

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
  it('is done by the matmul or convolution that makes one of both for it alone', async () => {
    const linears = (x: Value, v: Value, w: Value) => add(linear(x, w), add(linear(v, w), x));
    await expectKernelsMatchReference(
      [
        [3, 6],
        [3, 6],
        [6, 6],
      ],
      ([x, v, w]) => linears(x, v, w),
    );
    expect(fusedOps(linears(input('x', [3, 6]), input('v', [3, 6]), input('w', [6, 6])))).toEqual(['matmul', 'matmul']);
    const convolved = (x: Value, w: Value) => add(x, conv2d(x, w, { kernel: 3 }));
    await expectKernelsMatchReference(
      [
        [2, 5, 3, 4],
        [9, 4, 4],
      ],
      ([x, w]) => convolved(x, w),
    );
    expect(fusedOps(convolved(input('x', [2, 5, 3, 4]), input('w', [9, 4, 4])))).toEqual(['conv2d']);
  });
  it('stays where something else reads what it adds, or a ReLU comes between', () => {
    const y = linear(input('x', [3, 6]), input('w', [6, 6]));
    expect(fusedOps(add(y, y))).toEqual(['matmul', 'add']);
    const x = input('picture', [2, 5, 3, 4]);
    expect(fusedOps(add(x, conv2d(x, input('w', [9, 4, 4]), { kernel: 3, relu: true })))).toEqual(['conv2d', 'add']);
  });
  it('refuses shapes that do not fit', () => {
    expect(() => add(input('a', [3, 4]), input('b', [3]))).toThrow('[3] is not the tail of [3,4]');
  });
});
