import { describe, expect, it } from 'vitest';
import { randomArray, relativeL2, testGpu } from '../compiler/testing';
import { AdamW } from './adamw';
import golden from './adamw.golden.json';

/** Tensors at these places of the flat buffer, with padding between and after them. */
const STARTS = [0, 64];
const COUNT = 128;

function flat(tensors: number[][]): Float32Array<ArrayBuffer> {
  const out = new Float32Array(COUNT);
  tensors.forEach((t, i) => {
    out.set(t, STARTS[i]);
  });
  return out;
}

/** torch.nn.utils.clip_grad_norm_ and torch.optim.AdamW in double precision. */
function referenceStep(
  state: Record<'p' | 'm' | 'v', Float64Array>,
  gradients: Float32Array,
  { learningRate, weightDecay, clipNorm, step }: Parameters<AdamW['step']>[0],
): number {
  const norm = Math.sqrt(gradients.reduce((sum, g) => sum + g * g, 0));
  const factor = Math.min(1, clipNorm / (norm + 1e-6));
  gradients.forEach((gradient, i) => {
    const g = gradient * factor;
    state.m[i] = 0.9 * state.m[i] + 0.1 * g;
    state.v[i] = 0.999 * state.v[i] + 0.001 * g * g;
    const m = state.m[i] / (1 - 0.9 ** step);
    const v = state.v[i] / (1 - 0.999 ** step);
    state.p[i] -= learningRate * weightDecay * state.p[i] + (learningRate * m) / (Math.sqrt(v) + 1e-8);
  });
  return norm;
}

const settings = { learningRate: 1e-2, weightDecay: 0.1, clipNorm: 1 };

describe('AdamW', () => {
  it('makes the same updates as torch, clipped or not, and leaves padding zero', async () => {
    const gpu = await testGpu();
    const optimizer = new AdamW(gpu, COUNT);
    await optimizer.prepare();
    gpu.write(optimizer.parameters, flat(golden.initial));
    for (const [i, update] of golden.updates.entries()) {
      gpu.write(optimizer.gradients, flat(update.gradients));
      optimizer.step({ ...update, step: i + 1 });
      expect(Math.abs((await optimizer.readNorm()) / update.norm - 1)).toBeLessThan(1e-6);
      const parameters = await gpu.readFloats(optimizer.parameters);
      expect(relativeL2(parameters, flat(update.parameters)), `update ${i + 1}`).toBeLessThan(3e-7);
    }
    expect(relativeL2(await gpu.readFloats(optimizer.firstMoment), flat(golden.firstMoment))).toBeLessThan(1e-6);
    expect(relativeL2(await gpu.readFloats(optimizer.secondMoment), flat(golden.secondMoment))).toBeLessThan(1e-6);
    const parameters = await gpu.readFloats(optimizer.parameters);
    expect(parameters.subarray(15, 64).every((v) => v === 0) && parameters.subarray(81).every((v) => v === 0)).toBe(
      true,
    );
    optimizer.destroy();
  });

  it('matches a reference in double precision, whole and range by range', async () => {
    const gpu = await testGpu();
    const count = 70_001;
    for (const bindingBytes of [undefined, 4096 * 4 + 100]) {
      const optimizer = new AdamW(gpu, count, bindingBytes);
      await optimizer.prepare();
      const initial = randomArray(count, 5);
      const state = { p: Float64Array.from(initial), m: new Float64Array(count), v: new Float64Array(count) };
      gpu.write(optimizer.parameters, initial);
      for (let step = 1; step <= 3; step++) {
        const gradients = randomArray(count, 10 + step, step === 2 ? 1e-3 : 1);
        gpu.write(optimizer.gradients, gradients);
        optimizer.step({ ...settings, step });
        const norm = referenceStep(state, gradients, { ...settings, step });
        expect(Math.abs((await optimizer.readNorm()) / norm - 1)).toBeLessThan(1e-5);
      }
      expect(relativeL2(await gpu.readFloats(optimizer.parameters), state.p)).toBeLessThan(1e-6);
      expect(relativeL2(await gpu.readFloats(optimizer.firstMoment), state.m)).toBeLessThan(1e-5);
      expect(relativeL2(await gpu.readFloats(optimizer.secondMoment), state.v)).toBeLessThan(1e-5);
      optimizer.destroy();
    }
  });

  it('gives the same bits again', async () => {
    const gpu = await testGpu();
    const results: Float32Array[] = [];
    for (let run = 0; run < 2; run++) {
      const optimizer = new AdamW(gpu, 20_003);
      await optimizer.prepare();
      gpu.write(optimizer.parameters, randomArray(20_003, 1));
      gpu.write(optimizer.gradients, randomArray(20_003, 2));
      optimizer.step({ ...settings, step: 1 });
      results.push(Float32Array.of(await optimizer.readNorm(), ...(await gpu.readFloats(optimizer.parameters))));
      optimizer.destroy();
    }
    expect(results[1]).toEqual(results[0]);
  });

  it.each([
    ['NaN', Number.NaN],
    ['infinite', Number.NEGATIVE_INFINITY],
    ['too large to square', 1e30],
  ])('changes nothing where a gradient is %s, and goes on afterwards', async (_, bad) => {
    const gpu = await testGpu();
    const optimizer = new AdamW(gpu, 1000);
    await optimizer.prepare();
    gpu.write(optimizer.parameters, randomArray(1000, 1));
    gpu.write(optimizer.gradients, randomArray(1000, 2));
    optimizer.step({ ...settings, step: 1 });
    const buffers = [optimizer.parameters, optimizer.firstMoment, optimizer.secondMoment];
    const contents = () => Promise.all(buffers.map((b) => gpu.readFloats(b)));
    const before = await contents();

    const gradients = randomArray(1000, 3);
    gradients[777] = bad;
    gpu.write(optimizer.gradients, gradients);
    optimizer.step({ ...settings, step: 2 });
    expect(await optimizer.readNorm()).toBeNaN();
    expect(await contents()).toEqual(before);

    gradients[777] = 0;
    gpu.write(optimizer.gradients, gradients);
    optimizer.step({ ...settings, step: 2 });
    expect(await optimizer.readNorm()).toBeGreaterThan(1);
    expect((await contents())[0]).not.toEqual(before[0]);
    optimizer.destroy();
  });

  it('frees every buffer it made, and refuses a step 0', async () => {
    const gpu = await testGpu();
    const before = { ...gpu.memory };
    const optimizer = new AdamW(gpu, 100);
    expect(() => optimizer.step({ ...settings, step: 1 })).toThrow('prepare');
    await optimizer.prepare();
    expect(() => optimizer.step({ ...settings, step: 0 })).toThrow('from 1');
    optimizer.destroy();
    expect(gpu.memory.buffers).toBe(before.buffers);
    expect(gpu.memory.bytes).toBe(before.bytes);
  });
});
