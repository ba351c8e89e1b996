/**
 * @file What every op's test checks: each kernel variant against the CPU reference, and the gradient
 * rule against finite differences of the reference.
 */
import { expect } from 'vitest';
import { Gpu } from '../gpu/gpu';
import { openNodeGpu } from '../gpu/node';
import { PinnedTuner } from '../gpu/tuner';
import { input, reachable, type Shape, type Value } from '../graph/graph';
import { interpret } from '../graph/interpret';
import { isComputed } from '../ops/kernel';
import { candidates } from './choose';
import { compile } from './compile';
import { gradients } from './differentiate';

let opened: Promise<Gpu> | null = null;

/** One device for a test file. Fails where there is no adapter. */
export function testGpu(): Promise<Gpu> {
  opened ??= openNodeGpu().then((gpu) => Gpu.open(gpu));
  return opened;
}

/** Deterministic numbers, roughly normal, for tests. */
export function randomArray(size: number, seed = 1, scale = 1): Float32Array<ArrayBuffer> {
  let state = seed * 2654435761 + 12345;
  const next = () => {
    state = (Math.imul(state ^ (state >>> 15), 2246822519) + 0x9e3779b9) | 0;
    return ((state ^ (state >>> 13)) >>> 0) / 2 ** 32;
  };
  return Float32Array.from({ length: size }, () => scale * (next() + next() + next() + next() - 2) * Math.sqrt(3));
}

/** ‖a − b‖ / ‖b‖. */
export function relativeL2(a: ArrayLike<number>, b: ArrayLike<number>): number {
  if (a.length !== b.length) throw new Error(`${a.length} numbers against ${b.length}`);
  let error = 0;
  let norm = 0;
  for (let i = 0; i < b.length; i++) {
    error += (a[i] - b[i]) ** 2;
    norm += b[i] ** 2;
  }
  if (!Number.isFinite(error)) return Number.POSITIVE_INFINITY;
  return Math.sqrt(error) / Math.max(Math.sqrt(norm), 1e-30);
}

/**
 * Runs the graph `build` makes on the GPU, once with every variant of every op in it, and compares
 * with the reference. `shapes` are the inputs'.
 */
export async function expectKernelsMatchReference(
  shapes: readonly Shape[],
  build: (inputs: Value[]) => Value,
  options: { tolerance?: number; data?: Float32Array[]; gpu?: Gpu } = {},
): Promise<void> {
  const inputs = shapes.map((s, i) => input(`x${i}`, s));
  const data =
    options.data ??
    shapes.map((s, i) =>
      randomArray(
        s.reduce((a, b) => a * b, 1),
        i + 1,
      ),
    );
  const out = build(inputs);
  const [expected] = interpret([out], new Map(inputs.map((v, i) => [v, data[i]])));
  const gpu = options.gpu ?? (await testGpu());
  const used = reachable([out]).filter(isComputed);
  const variants = [...new Set(used.flatMap((v) => candidates(gpu, v).map((k) => k.variant)))];
  expect(variants.length).toBeGreaterThan(0);
  for (const variant of variants) {
    const compiled = await compile(gpu, { out }, { tuner: new PinnedTuner([variant]) });
    for (const [i, v] of inputs.entries()) if (compiled.has(v.attrs.name)) compiled.write(v.attrs.name, data[i]);
    await compiled.runAndWait();
    const actual = await compiled.read('out');
    compiled.destroy();
    expect(relativeL2(actual, expected), `variant ${variant}`).toBeLessThan(options.tolerance ?? 1e-5);
  }
}

/**
 * Checks the gradient rule of everything in the graph against central differences of the reference,
 * for every input, along random directions; then checks that the GPU computes the same gradient.
 */
export async function expectGradientsMatch(
  shapes: readonly Shape[],
  build: (inputs: Value[]) => Value,
  options: { tolerance?: number; data?: Float32Array[]; wrt?: number[]; step?: number } = {},
): Promise<void> {
  const inputs = shapes.map((s, i) => input(`x${i}`, s));
  const data =
    options.data ??
    shapes.map((s, i) =>
      randomArray(
        s.reduce((a, b) => a * b, 1),
        i + 1,
      ),
    );
  const out = build(inputs);
  const seed = input('seed', out.shape);
  const seedData = randomArray(out.size, 99);
  const wrt = options.wrt ?? inputs.map((_, i) => i);
  const grads = gradients(
    out,
    seed,
    wrt.map((i) => inputs[i]),
  );
  const leaves = new Map<Value, ArrayLike<number>>(inputs.map((v, i) => [v, data[i]]));
  leaves.set(seed, seedData);
  const analytic = interpret(grads, leaves);

  const objective = (changed: number, values: Float64Array): number => {
    const [y] = interpret(
      [out],
      new Map<Value, ArrayLike<number>>(inputs.map((v, i) => [v, i === changed ? values : data[i]])),
    );
    return y.reduce((sum, v, i) => sum + v * seedData[i], 0);
  };
  const step = options.step ?? 1e-5;
  wrt.forEach((which, g) => {
    for (let direction = 0; direction < 3; direction++) {
      const d = randomArray(data[which].length, 1000 + direction);
      const at = (h: number) =>
        objective(
          which,
          Float64Array.from(data[which], (x, i) => x + h * d[i]),
        );
      const numeric = (at(step) - at(-step)) / (2 * step);
      const exact = analytic[g].reduce((sum, v, i) => sum + v * d[i], 0);
      const scale = Math.sqrt(analytic[g].reduce((s, v) => s + v * v, 0) * d.reduce((s, v) => s + v * v, 0)) + 1e-12;
      expect(Math.abs(numeric - exact) / scale, `input ${which}, direction ${direction}`).toBeLessThan(1e-5);
    }
  });

  const gpu = await testGpu();
  const compiled = await compile(gpu, Object.fromEntries(grads.map((v, i) => [`g${i}`, v])));
  const alive = new Set(reachable(grads));
  for (const [i, v] of inputs.entries()) if (alive.has(v)) compiled.write(v.attrs.name, data[i]);
  if (alive.has(seed)) compiled.write('seed', seedData);
  await compiled.runAndWait();
  for (let g = 0; g < grads.length; g++) {
    const actual = await compiled.read(`g${g}`);
    expect(relativeL2(actual, analytic[g]), `GPU gradient of input ${wrt[g]}`).toBeLessThan(options.tolerance ?? 1e-5);
  }
  compiled.destroy();
}
