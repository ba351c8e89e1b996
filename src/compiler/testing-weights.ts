/**
 * @file The check of ops that read packed weights: every weight type and variant against the reference.
 */
import { expect } from 'vitest';
import { PinnedTuner } from '../gpu/tuner';
import { type DType, input, reachable, type Shape, type Value, weight } from '../graph/graph';
import { interpret } from '../graph/interpret';
import { candidates } from './choose';
import { compile } from './compile';
import { randomArray, relativeL2, testGpu } from './testing';

/** Numbers that all three types hold exactly. */
const exactArray = (size: number, seed: number) =>
  randomArray(size, seed).map((v) => Math.max(-127, Math.min(127, Math.round(v * 32))) / 32);

/** The 16 bits of a number that f16 holds exactly; none of the tiniest. */
function halfBits(x: number): number {
  const bits = new Uint32Array(Float32Array.of(x).buffer)[0];
  return x === 0 ? 0 : ((bits >>> 16) & 0x8000) | ((((bits >>> 23) & 0xff) - 112) << 10) | ((bits >>> 13) & 0x3ff);
}

function pack(values: Float32Array, dtype: DType): ArrayBufferView {
  if (dtype === 'f32') return values;
  if (dtype === 'bf16') return new Uint16Array(values.buffer).filter((_, i) => i % 2 === 1);
  return Uint16Array.from(values, halfBits);
}

/** Runs what `build` makes of inputs and weights, with the weights in each of `dtypes` (one for every weight). */
export async function expectPackedWeightsMatch(
  inputShapes: readonly Shape[],
  weightShapes: readonly Shape[],
  build: (inputs: Value[], weights: Value[]) => Value,
  dtypes: readonly DType[][],
): Promise<void> {
  const gpu = await testGpu();
  for (const types of dtypes) {
    const inputs = inputShapes.map((s, i) => input(`x${i}`, s));
    const weights = weightShapes.map((s, i) => weight({ name: `w${i}`, layout: 'file' }, s, types[i]));
    const data = new Map<Value, Float32Array<ArrayBuffer>>();
    for (const [i, v] of inputs.entries()) data.set(v, randomArray(v.size, i + 1));
    for (const [i, v] of weights.entries()) data.set(v, exactArray(v.size, i + 50));
    const out = build(inputs, weights);
    const [expected] = interpret([out], data);
    const buffers = weights.map((v) => gpu.buffer(v.bytes, v.attrs.name));
    for (const [i, v] of weights.entries()) gpu.write(buffers[i], pack(data.get(v)!, v.dtype));

    const variants = reachable([out]).flatMap((v) => candidates(gpu, v).map((k) => k.variant));
    for (const variant of new Set(variants)) {
      const compiled = await compile(
        gpu,
        { out },
        {
          tuner: new PinnedTuner([variant]),
          place: (leaf) => {
            const buffer = buffers[weights.indexOf(leaf)];
            return buffer && { buffer, offset: 0, bytes: buffer.bytes };
          },
        },
      );
      for (const v of inputs) compiled.write(v.attrs.name, data.get(v)!);
      await compiled.runAndWait();
      expect(relativeL2(await compiled.read('out'), expected), `${types}, variant ${variant}`).toBeLessThan(1e-5);
      compiled.destroy();
    }
    for (const buffer of buffers) buffer.destroy();
  }
}
