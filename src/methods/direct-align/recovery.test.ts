import { describe, expect, it } from 'vitest';
import { randomArray } from '../../compiler/testing';
import { input } from '../../graph/graph';
import { interpret } from '../../graph/interpret';
import { rowCombine } from '../../ops/row-combine';
import { gamma, injectionCoefficients, recoveryCoefficients, stepCoefficients } from './recovery';

const SIZE = 6;
const x0 = randomArray(SIZE, 1);
const noise = randomArray(SIZE, 2);

/** x̂0 of one row, for a velocity given as numbers. */
function recovered(sigmaS: number, sigmaR: number, velocity: (xs: Float64Array) => Float64Array): Float64Array {
  const [n, x, v] = ['noise', 'x0', 'v'].map((name) => input(name, [1, SIZE]));
  const injection = input('injection', [1, 2]);
  const recovery = input('recovery', [1, 3]);
  const xs = rowCombine(injection, [n, x]);
  const leaves = new Map<any, ArrayLike<number>>([
    [n, noise],
    [x, x0],
    [injection, injectionCoefficients(sigmaS)],
    [recovery, recoveryCoefficients(sigmaS, sigmaR)],
  ]);
  const [at] = interpret([xs], leaves);
  leaves.set(v, velocity(at));
  return interpret([rowCombine(recovery, [xs, v, n])], leaves)[0];
}

const exact = () => Float64Array.from(noise, (e, i) => e - x0[i]);

describe('the recovery of Direct-Align', () => {
  it.each([
    [0.9, 0.8],
    [0.7, 0.8],
    [0.96, 0.93],
    [0.5, 0.1],
  ])('recovers x0 exactly from the true velocity, from %s to %s', (sigmaS, sigmaR) => {
    const back = recovered(sigmaS, sigmaR, exact);
    for (const [i, v] of back.entries()) expect(v).toBeCloseTo(x0[i], 10);
  });

  it.each([
    [0.9, 0.8],
    [0.7, 0.8],
  ])('lets γ·(v − v*) through, γ = (σ_r − σ_s)/(1 − σ_r), from %s to %s', (sigmaS, sigmaR) => {
    const error = randomArray(SIZE, 5);
    const back = recovered(sigmaS, sigmaR, () => exact().map((v, i) => v + error[i]));
    const g = gamma(sigmaS, sigmaR);
    for (const [i, v] of back.entries()) expect(v).toBeCloseTo(x0[i] + g * error[i], 10);
    expect(Math.sign(g)).toBe(sigmaR < sigmaS ? -1 : 1);
  });

  it('agrees with recovering from x_r step by step', () => {
    const [xs, v] = [input('xs', [1, SIZE]), input('v', [1, SIZE])];
    const coefficients = input('step', [1, 2]);
    const data = new Map<any, ArrayLike<number>>([
      [xs, x0],
      [v, noise],
      [coefficients, stepCoefficients(0.9, 0.8)],
    ]);
    const [xr] = interpret([rowCombine(coefficients, [xs, v])], data);
    for (const [i, value] of xr.entries()) expect(value).toBeCloseTo(x0[i] - 0.1 * noise[i], 10);
  });

  it('attenuates errors against the one-step prediction of ReFL, whose γ is −σ', () => {
    expect(Math.abs(gamma(0.9, 0.874))).toBeLessThan(0.9);
    expect(gamma(0.9, 0)).toBeCloseTo(-0.9);
  });
});
