import { describe, expect, it } from 'vitest';
import { candidates } from '../compiler/choose';
import { compile } from '../compiler/compile';
import { dispatchesOf } from '../compiler/count';
import { gradients } from '../compiler/differentiate';
import { fuse } from '../compiler/fuse';
import {
  expectGradientsMatch,
  expectKernelsMatchReference,
  randomArray,
  relativeL2,
  testGpu,
} from '../compiler/testing';
import { PinnedTuner } from '../gpu/tuner';
import { type DType, input, type Shape, type Value, weight } from '../graph/graph';
import { interpret } from '../graph/interpret';
import { activation } from './activation';
import { gatedAdd } from './gated-add';
import { linear, matmul } from './matmul';
import type { View } from './matmul-kernels';
import { slice } from './slice';

const flat = (row: number, col: number): View => ({ b1: 0, b0: 0, row, col });

/** C = A·B with either operand stored transposed. */
function product(m: number, n: number, k: number, aRows: boolean, bRows: boolean) {
  return ([a, b]: Value[]) =>
    matmul(
      a,
      b,
      {
        ...{ m, n, k, batch: [1, 1] as const },
        a: aRows ? flat(k, 1) : flat(1, m),
        b: bRows ? flat(n, 1) : flat(1, k),
        out: flat(n, 1),
      },
      [m, n],
    );
}

describe('matmul', () => {
  const sizes = [
    [1, 1, 1],
    [7, 5, 3],
    [4, 4, 4],
    [33, 36, 20],
    [36, 68, 13],
    [20, 8, 300],
    [130, 132, 68],
    [132, 136, 21],
  ];
  for (const aRows of [true, false]) {
    for (const bRows of [true, false]) {
      it(`matches its reference, A ${aRows ? 'by rows' : 'transposed'}, B ${bRows ? 'by rows' : 'transposed'}`, async () => {
        for (const [m, n, k] of sizes) {
          await expectKernelsMatchReference(
            [
              [m, k],
              [k, n],
            ],
            product(m, n, k, aRows, bRows),
          );
        }
      });
    }
  }

  it('reads batches of strided views and writes them in place', async () => {
    const [batch, heads, s, t, d] = [2, 3, 9, 12, 8];
    const rows = (length: number): View => ({ b1: length * heads * d, b0: d, row: heads * d, col: 1 });
    const scores: View = { b1: heads * s * t, b0: s * t, row: t, col: 1 };
    await expectKernelsMatchReference(
      [
        [batch, s, heads, d],
        [batch, t, heads, d],
      ],
      ([q, k]) =>
        matmul(
          q,
          k,
          {
            ...{ m: s, n: t, k: d, batch: [batch, heads] as const, alpha: 0.5 },
            a: rows(s),
            b: { ...rows(t), row: 1, col: heads * d },
            out: scores,
          },
          [batch, heads, s, t],
        ),
    );
    await expectKernelsMatchReference(
      [
        [batch, heads, s, t],
        [batch, t, heads, d],
      ],
      ([p, v]) =>
        matmul(p, v, { m: s, n: d, k: t, batch: [batch, heads] as const, a: scores, b: rows(t), out: rows(s) }, [
          batch,
          s,
          heads * d,
        ]),
    );
  });

  it('adds bias and residual', async () => {
    for (const [m, n, k] of [
      [7, 5, 3],
      [18, 20, 12],
    ]) {
      const view = { m, n, k, batch: [1, 1] as const, a: flat(k, 1), b: flat(1, k), out: flat(n, 1), alpha: 1.5 };
      await expectKernelsMatchReference([[m, k], [n, k], [n], [m, n]], ([x, w, bias, residual]) =>
        matmul(x, w, view, [m, n], { bias, residual }),
      );
    }
  });

  for (const dtype of ['f16', 'bf16'] as DType[]) {
    it(`reads weights and biases packed as ${dtype}`, async () => {
      for (const [m, n, k] of [
        [3, 5, 7],
        [18, 36, 24],
        [130, 132, 40],
      ]) {
        await expectPackedMatch(dtype, m, n, k, true);
        await expectPackedMatch(dtype, m, n, k, false);
      }
    });
  }

  it('has the right gradient', async () => {
    await expectGradientsMatch(
      [
        [2, 5, 8],
        [12, 8],
        [2, 5, 12],
      ],
      ([x, w, r]) => linear(x, w, null, { residual: r, alpha: 0.5 }),
    );
    await expectGradientsMatch([[2, 5, 8], [12, 8], [12], [2, 5, 12]], ([x, w, b, r]) =>
      linear(x, w, b, { residual: r, alpha: 0.5 }),
    );
    for (const aRows of [true, false])
      for (const bRows of [true, false])
        await expectGradientsMatch(
          [
            [8, 12],
            [12, 4],
          ],
          product(8, 4, 12, aRows, bRows),
        );
  });

  it('has the right gradient of a bias that every head and every batch shares', async () => {
    const [batch, heads, s, k, n] = [2, 3, 5, 4, 8];
    const rows = (width: number): View => ({ b1: s * heads * width, b0: width, row: heads * width, col: 1 });
    const attrs = { m: s, n, k, batch: [batch, heads] as const, a: rows(k), b: flat(n, 1), out: rows(n), alpha: 2 };
    const build = ([x, w, bias]: Value[]) => matmul(x, w, attrs, [batch, s, heads * n], { bias });
    await expectGradientsMatch([[batch, s, heads * k], [k, n], [n]], build, { wrt: [0, 2] });
  });

  /** x·Wᵀ + b, its low-rank update, an activation; or what a gate lets through of it, on a residual. */
  const updated = (shape: Shape, out: number, rank: number, end: 'plain' | 'silu' | 'gate' | 'residual') => {
    const [batch, , k] = shape;
    const to = [...shape.slice(0, -1), out];
    const shapes: Shape[] = [shape, [out, k], [out], [rank, k], [out, rank], to, [batch, 3 * out]];
    const build = ([x, w, bias, a, b, residual, modulation]: Value[]) => {
      const main = linear(x, w, bias, { residual: end === 'residual' ? residual : null });
      const y = linear(linear(x, a), b, null, { residual: main, alpha: 0.5 });
      if (end === 'gate') return gatedAdd(residual, slice(modulation, 1, out, out), y);
      return end === 'silu' ? activation(y, 'silu') : y;
    };
    return { shapes, build };
  };

  it('takes a low-rank update, an activation and a gated residual into one dispatch', async () => {
    for (const end of ['silu', 'gate', 'residual'] as const) {
      const { shapes, build } = updated([2, 9, 24], 36, 8, end);
      const inputs = shapes.map((shape, i) => input(`x${i}`, shape));
      const out = build(inputs);
      expect(dispatchesOf([out]).map((v) => v.op.name)).toEqual(['matmul', 'matmul']);
      const data = new Map(inputs.map((v, i) => [v, randomArray(v.size, i + 1)]));
      expect(relativeL2(interpret(fuse([out]), data)[0], interpret([out], data)[0])).toBeLessThan(1e-12);
      await expectKernelsMatchReference(shapes, build);
    }
  });

  it('leaves them where the kernels of quads cannot, or another reads the sum', () => {
    const counts = (shape: Shape, out: number, rank: number, end: 'silu' | 'gate') => {
      const { shapes, build } = updated(shape, out, rank, end);
      return dispatchesOf([build(shapes.map((of, i) => input(`x${i}`, of)))]).length;
    };
    expect([counts([2, 9, 24], 36, 6, 'silu'), counts([2, 9, 24], 35, 8, 'gate')]).toEqual([4, 4]);
    const [x, w] = [input('x', [3, 8]), input('w', [8, 8])];
    const y = linear(x, w);
    expect(dispatchesOf([activation(y, 'silu'), y]).length).toBe(2);
  });

  it('takes the low-rank part of an input gradient into one dispatch', async () => {
    const { shapes, build } = updated([2, 5, 24], 36, 8, 'plain');
    const [x, ...rest] = shapes.map((shape, i) => input(`x${i}`, shape));
    const y = build([x, ...rest]);
    expect(dispatchesOf(gradients(y, input('seed', y.shape), [x])).length).toBe(2);
    await expectGradientsMatch(shapes.slice(0, 5), (inputs) => build([...inputs]), { wrt: [0, 3, 4] });
  });

  it('refuses shapes that do not fit', () => {
    expect(() => linear(input('x', [3, 4]), input('w', [2, 5]))).toThrow('weight [2,5] for inputs of 4');
  });
});

/** y = x·Wᵀ + b or x·W + b with packed W and b, on every variant, against the reference of the rounded values. */
async function expectPackedMatch(dtype: DType, m: number, n: number, k: number, transposed: boolean): Promise<void> {
  const gpu = await testGpu();
  const packed = (shape: Shape, seed: number) => {
    const rounded = randomArray(
      shape.reduce((a, b) => a * b, 1),
      seed,
    ).map(coarse);
    return { value: weight({ name: `w${seed}`, layout: 'file' }, shape, dtype), rounded };
  };
  const x = input('x', [m, k]);
  const xs = randomArray(m * k, 1);
  const w = packed(transposed ? [n, k] : [k, n], 2);
  const bias = packed([n], 3);
  const view = transposed ? flat(1, k) : flat(n, 1);
  const attrs = { m, n, k, batch: [1, 1] as const, a: flat(k, 1), b: view, out: flat(n, 1) };
  const out = matmul(x, w.value, attrs, [m, n], { bias: bias.value });
  const leaves = new Map<Value, ArrayLike<number>>([
    [x, xs],
    [w.value, w.rounded],
    [bias.value, bias.rounded],
  ]);
  const [expected] = interpret([out], leaves);
  for (const { variant } of candidates(gpu, out)) {
    const buffers = new Map(
      [w, bias].map(({ value, rounded }) => {
        const buffer = gpu.buffer(value.bytes, 'weight');
        gpu.write(
          buffer,
          Uint16Array.from(rounded, (v) => bits(v, dtype)),
        );
        return [value, buffer];
      }),
    );
    const compiled = await compile(
      gpu,
      { out },
      {
        tuner: new PinnedTuner([variant]),
        place: (leaf) => {
          const buffer = buffers.get(leaf);
          return buffer && { buffer, offset: 0, bytes: buffer.bytes };
        },
      },
    );
    compiled.write('x', xs);
    await compiled.runAndWait();
    expect(relativeL2(await compiled.read('out'), expected), `${variant} ${dtype}`).toBeLessThan(1e-6);
    compiled.destroy();
    for (const buffer of buffers.values()) buffer.destroy();
  }
}

/** Eighths up to 16: exact in f16 and in bf16. */
const coarse = (x: number): number => Math.max(-15.875, Math.min(15.875, Math.round(x * 8) / 8));

/** The 16 bits of a number that `coarse` gave. */
function bits(x: number, dtype: DType): number {
  const f32 = new Uint32Array(Float32Array.of(x).buffer)[0];
  if (dtype === 'bf16' || x === 0) return f32 >>> 16;
  return ((f32 >>> 16) & 0x8000) | ((((f32 >>> 23) & 0xff) - 112) << 10) | ((f32 >>> 13) & 0x3ff);
}
