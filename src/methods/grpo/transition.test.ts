import { expect, test } from 'vitest';
import { samplerSigmas } from '../sigmas';
import { logPeak, SDES, transition } from './transition';

const sigmas = samplerSigmas(6, 3);

test('dance: the drift is the ODE’s minus half the diffusion’s square along the score', () => {
  const [x, v, eta] = [0.7, -1.3, 0.3];
  for (let i = 0; i < 5; i++) {
    const sigma = sigmas[i];
    const delta = sigmas[i + 1] - sigma;
    const score = -(x - (1 - sigma) * (x - sigma * v)) / sigma ** 2;
    const mean = x + v * delta - 0.5 * eta ** 2 * score * delta;
    const step = transition('dance', eta, sigmas, i);
    expect(step.x * x + step.v * v).toBeCloseTo(mean, 12);
    expect([step.g, step.deviation]).toEqual([eta, eta * Math.sqrt(-delta)]);
  }
});

test('flow: the diffusion grows towards the noise, finite at σ = 1', () => {
  const g = Array.from({ length: 5 }, (_, i) => transition('flow', 0.7, sigmas, i).g);
  expect(g[0]).toBeCloseTo(0.7 * Math.sqrt(1 / (1 - sigmas[1])), 12);
  expect(g[2]).toBeCloseTo(0.7 * Math.sqrt(sigmas[2] / (1 - sigmas[2])), 12);
  for (let i = 2; i < 5; i++) expect(g[i]).toBeLessThan(g[i - 1]);
});

test('with η → 0 every step is Euler’s', () => {
  for (const sde of SDES) {
    const step = transition(sde, 1e-6, sigmas, 2);
    expect(step.x).toBeCloseTo(1, 10);
    expect(step.v).toBeCloseTo(sigmas[3] - sigmas[2], 10);
    expect(step.deviation).toBeLessThan(1e-5);
  }
});

test('the density’s peak', () => expect(Math.exp(logPeak(0.5))).toBeCloseTo(1 / (0.5 * Math.sqrt(2 * Math.PI)), 12));
