import { describe, expect, it } from 'vitest';
import { compile } from '../compiler/compile';
import { gradients } from '../compiler/differentiate';
import { expectGradientsMatch, expectKernelsMatchReference, randomArray, testGpu } from '../compiler/testing';
import { input } from '../graph/graph';
import { activation, boundedTanh } from './activation';
import { type ActivationKind, erf } from './activation-kinds';
import { swiglu } from './swiglu';

const kinds: ActivationKind[] = ['relu', 'gelu_tanh', 'gelu', 'quick_gelu', 'silu'];
const shape = [3, 5, 7];

describe('activation', () => {
  for (const kind of kinds) {
    it(`${kind} matches its reference and has the right gradient`, async () => {
      const data = [randomArray(105, 1, 3)];
      await expectKernelsMatchReference([shape], ([x]) => activation(x, kind), { data, tolerance: 1e-6 });
      await expectGradientsMatch([shape], ([x]) => activation(x, kind), { data, tolerance: 2e-6 });
    });
    it(`${kind} stays finite and exact far from 0`, async () => {
      const far = Float32Array.of(-1e10, -3e4, -500, -100, -30, 30, 100, 500, 3e4, 1e10);
      await expectKernelsMatchReference([[10]], ([x]) => activation(x, kind), { data: [far], tolerance: 1e-6 });
      // Element by element, because the largest would hide the others.
      const x = input('x', [10]);
      const compiled = await compile(await testGpu(), { y: activation(x, kind) });
      compiled.write('x', far);
      await compiled.runAndWait();
      const y = await compiled.read('y');
      compiled.destroy();
      far.forEach((v, i) => {
        expect(Math.abs(y[i] - Math.max(v, 0)) / Math.max(1, Math.abs(v))).toBeLessThan(1e-6);
      });
      await expectGradientsMatch([[10]], ([x]) => activation(x, kind), {
        data: [Float32Array.of(-50, -30, -20, -12, -11, 11, 12, 20, 30, 50)],
        tolerance: 1e-6,
      });
    });
  }
  it('bounds with tanh', async () => {
    const data = [randomArray(105, 2, 4)];
    await expectKernelsMatchReference([shape], ([x]) => boundedTanh(x, 3), { data, tolerance: 1e-6 });
    await expectGradientsMatch([shape], ([x]) => boundedTanh(x, 3), { data });
    await expectKernelsMatchReference([[4]], ([x]) => boundedTanh(x, 3), {
      data: [Float32Array.of(-1e8, -1e3, 1e3, 1e8)],
    });
    expect(() => boundedTanh(input('x', [2]), 0)).toThrow('the bound must be positive');
  });
  it('gates one half of a row with the other, gradient in every variant, far from 0 too', async () => {
    const rows = [3, 31, 14];
    const data = [randomArray(3 * 31 * 14, 3, 3)];
    await expectKernelsMatchReference([rows], ([x]) => swiglu(x), { data, tolerance: 1e-6 });
    await expectGradientsMatch([rows], ([x]) => swiglu(x), { data, tolerance: 2e-6 });
    await expectKernelsMatchReference([rows, [3, 31, 7]], ([x, dy]) => gradients(swiglu(x), dy, [x])[0]);
    const far = [Float32Array.of(-1e10, -100, 100, 1e4, 1, 2, 3, -4)];
    await expectKernelsMatchReference([[1, 8]], ([x]) => swiglu(x), { data: far, tolerance: 1e-6 });
    expect(() => swiglu(input('x', [2, 3]))).toThrow('no halves');
  });
  it("exact gelu's erf is within 1.5e-7 over its whole range", async () => {
    // erf is odd. It is read off gelu at negative x, where 1 + erf(x/√2) is at most 1 and rounds little;
    // at positive x the rounding of gelu itself (values up to 2) would be measured instead.
    const count = 4001;
    const data = Float32Array.from({ length: count }, (_, i) => -(i + 1) / 500);
    const x = input('x', [count]);
    const compiled = await compile(await testGpu(), { y: activation(x, 'gelu') });
    compiled.write('x', data);
    await compiled.runAndWait();
    const y = await compiled.read('y');
    compiled.destroy();
    let worst = 0;
    data.forEach((v, i) => {
      worst = Math.max(worst, Math.abs((2 * y[i]) / v - 1 - erf(v * Math.SQRT1_2)));
    });
    expect(worst).toBeLessThan(1.5e-7);
  });
  it('the reference erf agrees with known values', () => {
    expect(erf(0.5)).toBeCloseTo(0.5204998778130465, 14);
    expect(erf(-2)).toBeCloseTo(-0.9953222650189527, 14);
    expect(erf(5)).toBeCloseTo(0.9999999999984626, 14);
  });
});
