import { describe, expect, it } from 'vitest';
import { expectGradientsMatch, expectKernelsMatchReference } from '../compiler/testing';
import { input, type Shape, type Value } from '../graph/graph';
import { conv2d } from './conv2d';

/** Sizes with and without whole quads of channels. */
const CHANNELS = [
  [3, 5],
  [8, 12],
  [4, 36],
  [5, 4],
  [8, 3],
];

describe('conv2d', () => {
  it('matches its reference at odd sizes, with and without stride', async () => {
    for (const [c, o] of CHANNELS) {
      for (const stride of [1, 2]) {
        const shapes = [
          [2, 7, 5, c],
          [9, c, o],
        ];
        await expectKernelsMatchReference(shapes, ([x, w]) => conv2d(x, w, { kernel: 3, stride }));
      }
      await expectKernelsMatchReference(
        [
          [1, 3, 6, c],
          [1, c, o],
        ],
        ([x, w]) => conv2d(x, w, { kernel: 1 }),
      );
    }
  });

  it('adds bias and residual before ReLU, and masks its input', async () => {
    for (const [c, o] of CHANNELS) {
      const shapes: Shape[] = [[2, 6, 5, c], [9, c, o], [o], [2, 6, 5, o], [2, 6, 5, c]];
      await expectKernelsMatchReference(shapes, ([x, w, bias, residual]) =>
        conv2d(x, w, { kernel: 3, bias, residual, relu: true }),
      );
      await expectKernelsMatchReference(shapes, ([x, w, bias, , mask]) => conv2d(x, w, { kernel: 3, bias, mask }));
    }
  });

  it('has the right gradient, with the flipped weights given', async () => {
    for (const [c, o] of CHANNELS.slice(0, 2)) {
      for (const kernel of [1, 3]) {
        const data = [2 * 5 * 4 * c, kernel ** 2 * c * o, 2 * 5 * 4 * o].map((size, seed) =>
          Float32Array.from({ length: size }, (_, i) => Math.sin(12.9898 * (i + 1) + 78.233 * seed)),
        );
        data.push(flipped(data[1], kernel, c, o));
        const shapes: Shape[] = [
          [2, 5, 4, c],
          [kernel ** 2, c, o],
          [2, 5, 4, o],
          [kernel ** 2, o, c],
        ];
        const plain = ([x, w, , transposed]: Value[]) => conv2d(x, w, { kernel, relu: true, transposed });
        await expectGradientsMatch(shapes, plain, { data, wrt: [0] });
        const block = ([x, w, residual, transposed]: Value[]) =>
          conv2d(x, w, { kernel, residual, relu: true, transposed });
        await expectGradientsMatch(shapes, block, { data, wrt: [0, 2] });
      }
    }
  });

  it('refuses weights that do not fit', () => {
    expect(() => conv2d(input('x', [1, 4, 4, 3]), input('w', [9, 4, 8]), { kernel: 3 })).toThrow(
      'weight [9,4,8] for 3 channels',
    );
  });
});

/** [taps, Cin, Cout] as the input gradient wants it: [taps, Cout, Cin], taps in reverse. */
function flipped(w: Float32Array, kernel: number, c: number, o: number): Float32Array<ArrayBuffer> {
  const taps = kernel ** 2;
  const out = new Float32Array(w.length);
  for (let t = 0; t < taps; t++)
    for (let i = 0; i < c; i++)
      for (let j = 0; j < o; j++) out[((taps - 1 - t) * o + j) * c + i] = w[(t * c + i) * o + j];
  return out;
}
