import { expect, test } from 'vitest';
import { PRESET } from '../../align/preset';
import { gammaCurves } from './gamma-curves';
import { METHODS } from './methods';

test('every method has curves or is named as one that has none', () => {
  const { curves, chained, without } = gammaCurves(PRESET);
  const named = [...curves.map(({ label }) => label), ...chained, ...without].join('; ');
  for (const { label, differentiatesReward } of METHODS) {
    expect(named).toContain(label);
    expect(without.includes(label)).toBe(!differentiatesReward);
  }
  expect(new Set(curves.map(({ values }) => values.join())).size).toBe(curves.length);
});

test('curves are those of the run’s noise levels, its own method’s marked', () => {
  const at = (method: string, label: string, sigma: number) => {
    const { sigmas, curves } = gammaCurves({ ...PRESET, method });
    const curve = curves.find((c) => c.label.includes(label))!;
    return { ...curve, value: curve.values[sigmas.findIndex((s) => Math.abs(s - sigma) < 1e-9)] };
  };
  const step = ((PRESET.timesteps.sigmaMax - PRESET.timesteps.sigmaMin) * PRESET.timesteps.step) / 999;
  expect(at('srpo', 'Direct-Align', 0.5)).toMatchObject({
    current: true,
    label: 'SRPO, denoise branch = Direct-Align',
  });
  expect(at('srpo', 'Direct-Align', 0.5).value).toBeCloseTo(-step / (0.5 + step), 12);
  expect(at('srpo', 'inversion', 0.5).current).toBe(true);
  expect(at('srpo', 'inversion', 0.5).value).toBeCloseTo(step / (0.5 - step), 12);
  // The inversion branch goes no further up than levels are trained.
  expect(at('srpo', 'inversion', 0.98).value).toBeNull();
  expect(at('refl', 'ReFL', 0.5)).toMatchObject({ current: true, value: -0.5 });
  expect(at('refl', 'SRPO', 0.5).current).toBe(false);
});
