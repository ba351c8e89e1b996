import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { tryOnce, unclearPart } from './fuzz';
import { fuzzTargets } from './targets';

/** Inputs of each kind; `npm run fuzz` tries as many as its time allows. */
const TRIALS = 1000;

const targets = await fuzzTargets(fileURLToPath(new URL('../..', import.meta.url)));

describe.each(targets)('$name', (target) => {
  it('gives finite numbers or one clear line, whatever the damage', async () => {
    let read = 0;
    let refused = 0;
    for (let seed = 0; seed < TRIALS; seed++) {
      const { finding, wasRead } = await tryOnce(target, seed);
      expect(finding && `${finding.problem}\nseed ${seed}: ${inputOf(finding.input)}`).toBeUndefined();
      if (wasRead) read++;
      else refused++;
    }
    // Both ends have to be seen: damage that is always refused, or never, finds nothing.
    expect(read).toBeGreaterThan(0);
    expect(refused).toBeGreaterThan(0);
  });
});

it('knows an unclear sentence', () => {
  for (const message of [
    '',
    'a.json: "x" is \u001b.',
    'x has shape undefined.',
    `${'a'.repeat(400)}.`,
    'expected NaN.',
  ]) {
    expect(unclearPart(message)).toBeDefined();
  }
  expect(unclearPart('a: tensor w holds a value that is not finite (NaN at element 3): damaged.')).toBeUndefined();
});

const inputOf = (input: Uint8Array) => JSON.stringify(new TextDecoder('latin1').decode(input.subarray(0, 1000)));
