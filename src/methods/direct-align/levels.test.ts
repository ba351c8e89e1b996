import { describe, expect, it } from 'vitest';
import { parseRunFile } from '../run-file';
import { alignmentLevels } from './levels';

const run = parseRunFile({
  version: 1,
  prompts: ['a'],
  timesteps: { sigmaMin: 0.7, sigmaMax: 0.96, count: 1000, step: 100 },
  reward: { kappaDenoise: [0.1, 0.25], kappaInversion: [0.3, 0.01] },
});
const sigma = (i: number) => 0.7 + (0.26 * i) / 999;

describe('noise levels', () => {
  it('both branches recover from the same level and approach it from opposite sides', () => {
    const { denoise, inversion } = alignmentLevels(run, 500);
    expect(denoise.sigmaR).toBeCloseTo(sigma(500), 12);
    expect(inversion.sigmaR).toBe(denoise.sigmaR);
    expect(denoise.sigmaS).toBeCloseTo(sigma(600), 12);
    expect(inversion.sigmaS).toBeCloseTo(sigma(400), 12);
    expect(denoise.kappa).toBeCloseTo(0.1 + (0.15 * 500) / 999, 12);
    expect(inversion.kappa).toBeCloseTo(0.3 - (0.29 * 400) / 999, 12);
  });

  it('k shrinks towards both ends of the table', () => {
    expect(alignmentLevels(run, 7).inversion.sigmaS).toBeCloseTo(sigma(0), 12);
    expect(alignmentLevels(run, 7).denoise.sigmaS).toBeCloseTo(sigma(14), 12);
    expect(alignmentLevels(run, 994).denoise.sigmaS).toBeCloseTo(sigma(999), 12);
    expect(alignmentLevels(run, 994).inversion.sigmaS).toBeCloseTo(sigma(989), 12);
  });

  it('an index outside the table is a sentence', () => {
    expect(() => alignmentLevels(run, 1000)).toThrow('The sigma index is 1000, expected a whole number from 0 to 999');
    expect(() => alignmentLevels(run, -1)).toThrow('sigma index is -1');
    const touching = { ...run, timesteps: { ...run.timesteps, sigmaMax: 1 } };
    expect(() => alignmentLevels(touching, 999)).toThrow('nothing can be recovered');
  });
});
