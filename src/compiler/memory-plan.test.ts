import { describe, expect, it } from 'vitest';
import { type Lifetime, planMemory } from './memory-plan';
import { randomArray } from './testing';

/** Whole numbers in [0, limit), the same for the same seed. */
function randomIntegers(seed: number): (limit: number) => number {
  const numbers = randomArray(4096, seed, 1e6);
  let next = 0;
  return (limit) => Math.floor(Math.abs(numbers[next++ % numbers.length])) % limit;
}

function randomLifetimes(seed: number): Lifetime[] {
  const random = randomIntegers(seed);
  const steps = 1 + random(60);
  return Array.from({ length: 1 + random(120) }, () => {
    const from = random(steps);
    return { bytes: 4 * (1 + random(1000)), from, to: Math.min(steps - 1, from + random(12)) };
  });
}

describe('planMemory', () => {
  it('never lets two values that live at the same time share a buffer', () => {
    for (let seed = 1; seed <= 100; seed++) {
      const lives = randomLifetimes(seed);
      const plan = planMemory(lives);
      for (let i = 0; i < lives.length; i++) {
        expect(plan.slots[plan.slotOf[i]]).toBeGreaterThanOrEqual(lives[i].bytes);
        for (let j = 0; j < i; j++) {
          const overlap = lives[i].from <= lives[j].to && lives[j].from <= lives[i].to;
          if (overlap && plan.slotOf[i] === plan.slotOf[j]) throw new Error(`seed ${seed}: ${i} and ${j} share`);
        }
      }
    }
  });

  it('uses at least what lives at once and at most what there is', () => {
    for (let seed = 1; seed <= 100; seed++) {
      const lives = randomLifetimes(seed);
      const plan = planMemory(lives);
      const alive = (step: number) => lives.reduce((sum, l) => sum + (l.from <= step && step <= l.to ? l.bytes : 0), 0);
      const peak = Math.max(...lives.map((l) => alive(l.from)));
      expect(plan.lowerBound).toBe(peak);
      expect(plan.bytes).toBe(plan.slots.reduce((a, b) => a + b, 0));
      expect(plan.bytes).toBeGreaterThanOrEqual(plan.lowerBound);
      expect(plan.bytes).toBeLessThanOrEqual(lives.reduce((sum, l) => sum + l.bytes, 0));
    }
  });

  it('needs two buffers for a chain, however long', () => {
    const chain = Array.from({ length: 50 }, (_, i) => ({ bytes: 1024, from: i, to: i + 1 }));
    expect(planMemory(chain)).toMatchObject({ slots: [1024, 1024], bytes: 2048, lowerBound: 2048 });
  });

  it('keeps apart what a step reads from what it writes', () => {
    const plan = planMemory([
      { bytes: 8, from: 0, to: 1 },
      { bytes: 8, from: 1, to: 2 },
      { bytes: 8, from: 2, to: 2 },
    ]);
    expect(plan.slotOf[0]).not.toBe(plan.slotOf[1]);
    expect(plan.slotOf[2]).toBe(plan.slotOf[0]);
  });

  it('is empty for no values', () => {
    expect(planMemory([])).toEqual({ slots: [], slotOf: [], bytes: 0, lowerBound: 0 });
  });
});
