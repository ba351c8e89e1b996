/** Linears whose frozen weight lies in blocks: what the kernels decode is what the reader decodes. */
import { describe, expect, it } from 'vitest';
import { candidates } from '../compiler/choose';
import { compile } from '../compiler/compile';
import { gradients } from '../compiler/differentiate';
import { randomArray, relativeL2, testGpu } from '../compiler/testing';
import { type Dtype, toFloat32 } from '../formats/dtypes';
import { pack, putHalf } from '../formats/quants/blocks';
import { QUANTS, type Quant } from '../formats/quants/index';
import { PinnedTuner } from '../gpu/tuner';
import { input, reachable, type Value, weight } from '../graph/graph';
import { interpret } from '../graph/interpret';
import { isComputed } from './kernel';
import { linear } from './matmul';

const TYPES = Object.keys(QUANTS) as Quant[];
/** Of two types on every variant, of the others on one for each of the ways in which B is read: they share the rest. */
const EVERYWHERE: Quant[] = ['q8_0', 'q4_0'];
const VARIANTS = ['registers', 'subgroup-8'];
/** What is not a number in fp8, of either sign. */
const NAN = 0x7f;

/** A weight [n, k] of any bits, with scales of about `scale`: on the device, and what its file holds, zeros without a sign. */
function weightOf(type: Quant, n: number, k: number, scale: number) {
  const { bytes, weights, halves, scaled } = QUANTS[type];
  const blocks = (n * k) / weights;
  const file = Uint8Array.from(randomArray(blocks * bytes, 2, 1e6), (number) => {
    const byte = Math.floor(Math.abs(number)) % 256;
    return scaled && (byte & NAN) === NAN ? 0 : byte;
  });
  const scales = randomArray(blocks * halves.length, 3, scale);
  for (let block = 0; block < blocks; block++)
    for (const [i, at] of halves.entries()) putHalf(file, block * bytes + at, scales[block * halves.length + i]);
  const whole = scaled ? Math.fround(scale / 7) : 1;
  const value = weight({ name: 'w', layout: 'file' }, [n, k], type);
  const decoded = toFloat32(file, type.toUpperCase() as Dtype).map((v) => v * whole + 0);
  return { value, packed: pack(QUANTS[type], file, whole).bytes, decoded };
}

/** The outputs on variants of every kernel. */
async function onVariants(
  outputs: Record<string, Value>,
  inputs: Map<Value, Float32Array<ArrayBuffer>>,
  { value, packed }: ReturnType<typeof weightOf>,
  check: (name: string, numbers: Float32Array, variant: string) => void,
): Promise<void> {
  const gpu = await testGpu();
  expect(packed.length).toBe(value.bytes);
  const buffer = gpu.buffer(value.bytes, 'weight');
  gpu.write(buffer, packed);
  const place = (leaf: Value) => (leaf === value ? { buffer, offset: 0, bytes: buffer.bytes } : undefined);
  const used = reachable(Object.values(outputs)).filter(isComputed);
  const variants = new Set(used.flatMap((node) => candidates(gpu, node).map(({ variant }) => variant)));
  expect([...variants]).toEqual(expect.arrayContaining(VARIANTS));
  for (const variant of EVERYWHERE.includes(value.dtype as Quant) ? variants : VARIANTS) {
    const program = await compile(gpu, outputs, { tuner: new PinnedTuner([variant]), place });
    for (const [leaf, numbers] of inputs) program.write(leaf.attrs.name, numbers);
    await program.runAndWait();
    for (const name of Object.keys(outputs)) check(name, await program.read(name), variant);
    program.destroy();
  }
  buffer.destroy();
}

describe.each(TYPES)('a weight in %s', (type) => {
  // Columns are whole blocks.
  const wide = (k: number) => k * Math.max(1, QUANTS[type].weights / 32);

  it('gives x·Wᵀ and dy·W from the same buffer', async () => {
    for (const [m, n, k] of [
      [3, 8, 32],
      [18, 36, 96],
      [65, 68, QUANTS[type].weights > 32 ? 32 : 160],
    ]) {
      const w = weightOf(type, n, wide(k), 1);
      const [x, bias, dy] = [input('x', [m, wide(k)]), input('bias', [n]), input('dy', [m, n])];
      const y = linear(x, w.value, bias, { alpha: 0.5 });
      const outputs: Record<string, Value> = { y, dx: gradients(y, dy, [x])[0] };
      const inputs = new Map([x, bias, dy].map((leaf, i) => [leaf, randomArray(leaf.size, 10 + i)]));
      const numbers = interpret(
        Object.values(outputs),
        new Map<Value, ArrayLike<number>>([...inputs, [w.value, w.decoded]]),
      );
      const expected = Object.fromEntries(Object.keys(outputs).map((name, i) => [name, numbers[i]]));
      await onVariants(outputs, inputs, w, (name, found, variant) => {
        expect(relativeL2(found, expected[name]), `${name} ${variant} ${m}×${n}×${k}`).toBeLessThan(1e-6);
      });
    }
  });

  // Of the second size all scales are subnormal in f16.
  it.each([1, 1e-4])('is decoded to the bit, numbers of about %s', async (scale) => {
    const [n, k] = [36, wide(96)];
    const w = weightOf(type, n, k, scale);
    // As above, so that the same pipelines serve.
    const y = (rows: number) => linear(input('x', [rows, k]), w.value, input('bias', [n]));
    const identity = (size: number) =>
      Float32Array.from({ length: size * size }, (_, i) => Number(i % (size + 1) === 0));
    const transposed = w.decoded.map((_, i) => w.decoded[(i % n) * k + Math.floor(i / n)]);
    const whole = y(k);
    const inputs = new Map([
      [whole.inputs[0], identity(k)],
      [whole.inputs[2], new Float32Array(n)],
    ]);
    await onVariants({ y: whole }, inputs, w, (_, found, variant) => {
      expect(found, variant).toEqual(transposed);
    });
    const [seeded, dy] = [y(n), input('dy', [n, n])];
    const dx = gradients(seeded, dy, [seeded.inputs[0]])[0];
    await onVariants({ dx }, new Map([[dy, identity(n)]]), w, (_, found, variant) => {
      expect(found, variant).toEqual(w.decoded);
    });
  });
});

it('refuses a part of such a weight, half a block, and to read it element by element', async () => {
  const gpu = await testGpu();
  const odd = linear(input('x', [2, 32]), weight({ name: 'w', layout: 'file' }, [7, 32], 'q8_0'));
  expect(() => candidates(gpu, odd)).toThrow('matmul: a weight [7,32] in q8_0 cannot be read as 32 × 7 for 2 rows');
  const half = linear(input('x', [2, 96]), weight({ name: 'w', layout: 'file' }, [8, 96], 'q4_k'));
  expect(() => candidates(gpu, half)).toThrow('matmul: a weight [8,96] in q4_k cannot be read');
  const bias = weight({ name: 'b', layout: 'file' }, [8], 'q4_0');
  const biased = linear(input('x', [2, 32]), weight({ name: 'w', layout: 'file' }, [8, 32], 'q8_0'), bias);
  expect(() => candidates(gpu, biased)).toThrow('q4_0 is read in blocks, by matrix multiplications only');
});
