import { describe, expect, it } from 'vitest';
import { gradients } from '../compiler/differentiate';
import { expectGradientsMatch, expectKernelsMatchReference, randomArray } from '../compiler/testing';
import { input, reachable, type Shape, type Value, weight, weightOp } from '../graph/graph';
import { interpret } from '../graph/interpret';
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

  it('matches it with more pixels and channels than a tile', async () => {
    for (const [c, o] of [
      [20, 68],
      [18, 36],
    ]) {
      const shapes: Shape[] = [[2, 9, 10, c], [9, c, o], [o], [2, 9, 10, o], [2, 9, 10, c]];
      await expectKernelsMatchReference(shapes, ([x, w, bias, residual, mask]) =>
        conv2d(x, w, { kernel: 3, bias, residual, mask }),
      );
      await expectKernelsMatchReference(shapes.slice(0, 2), ([x, w]) => conv2d(x, w, { kernel: 3, stride: 2 }));
    }
  });

  it('has the right gradient', async () => {
    for (const [c, o] of CHANNELS.slice(0, 2)) {
      for (const kernel of [1, 3]) {
        const data = [2 * 5 * 4 * c, kernel ** 2 * c * o, 2 * 5 * 4 * o, o].map((size, seed) =>
          Float32Array.from({ length: size }, (_, i) => Math.sin(12.9898 * (i + 1) + 78.233 * seed)),
        );
        const shapes: Shape[] = [[2, 5, 4, c], [kernel ** 2, c, o], [2, 5, 4, o], [o]];
        const plain = ([x, w]: Value[]) => conv2d(x, w, { kernel, relu: true });
        await expectGradientsMatch(shapes, plain, { data, wrt: [0] });
        const block = ([x, w, residual, bias]: Value[]) => conv2d(x, w, { kernel, residual, bias, relu: true });
        await expectGradientsMatch(shapes, block, { data, wrt: [0, 2, 3] });
      }
    }
  });

  it("reads a bundle's weights for its gradient in the layout that the upload flips", () => {
    const [kernel, c, o] = [3, 2, 5];
    const x = input('x', [1, 4, 4, c]);
    const seed = input('seed', [1, 4, 4, o]);
    const leaf = weight({ name: 'decoder.weight', layout: 'conv' }, [kernel ** 2, c, o], 'f32');
    const plain = input('w', leaf.shape);
    const [stored] = gradients(conv2d(x, leaf, { kernel }), seed, [x]);
    const [general] = gradients(conv2d(x, plain, { kernel }), seed, [x]);
    const [weights] = reachable([stored]).filter((v) => v.op === weightOp);
    expect(weights.attrs).toEqual({ name: 'decoder.weight', layout: 'conv-transposed' });
    expect(weights.shape).toEqual([kernel ** 2, o, c]);

    const [w, dy] = [randomArray(leaf.size, 1), randomArray(seed.size, 2)];
    const [a] = interpret(
      [stored],
      new Map([
        [weights, flipped(w, kernel, c, o)],
        [seed, dy],
      ]),
    );
    const [b] = interpret(
      [general],
      new Map([
        [plain, w],
        [seed, dy],
      ]),
    );
    expect(a).toEqual(b);
  });

  it('says that it has no gradient for its weights, and none of a gradient', () => {
    const [x, w, mask] = [input('x', [1, 4, 4, 3]), input('w', [9, 3, 8]), input('mask', [1, 4, 4, 3])];
    const seed = input('seed', [1, 4, 4, 8]);
    const of = (y: Value, wrt: Value) => () => gradients(y, seed, [wrt]);
    expect(of(conv2d(x, w, { kernel: 3 }), w)).toThrow('conv2d has no gradient for its input 1 (w)');
    expect(of(conv2d(x, w, { kernel: 3, mask }), x)).toThrow('a masked convolution is a gradient already');
    const packed = weight({ name: 'w', layout: 'file' }, [9, 3, 8], 'f16');
    expect(of(conv2d(x, packed, { kernel: 3 }), x)).toThrow('only f32 weights and those in layout conv can be flipped');
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
