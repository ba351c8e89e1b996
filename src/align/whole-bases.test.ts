/** @file What published bases need as a whole, counted on a device that computes nothing, held against spec and arithmetic. */
import { describe, expect, it } from 'vitest';
import { openBundle } from '../models/bundle';
import { wholeBase } from '../models/whole-base';
import { memorySum } from './memory-sum';

const GIB = 2 ** 30;
const GPU = { features: ['subgroups'], subgroupSize: 32 };

describe('one picture of 512² with 512 text tokens, PickScore as reward', () => {
  // GiB of a whole run, by the arithmetic of whoever has planned it (real-weights.md, 1): ours is within a sixth of it.
  it.each([
    ['FLUX.1-dev', [19, 38], 'Q8_0', 15.6, 11.8, {}],
    // Without the 3.2 billion weights of its modulations.
    ['FLUX.1-dev', [19, 38], 'Q8_0', 15.6 - 3.1, 11.8 - 3.1, { modulationsAhead: true }],
    ['FLUX.2-klein-4B', [5, 20], 'Q8_0', 7.0, 3.8, {}],
    ['FLUX.2-klein-4B', [5, 20], 'Q4_0', 5.1, 2.0, {}],
  ] as const)('%s %j in %s', async (name, blocks, quantise, whole, weights, options) => {
    const bundle = await openBundle(wholeBase(name, blocks, 512), { quantise, size: 512, ...options });
    const { parts, total, largest } = await memorySum(bundle, GPU);
    const bytesOf = (what: string) => parts.find((part) => part.what === what)!.bytes;
    expect(Math.abs(total / (whole * GIB) - 1)).toBeLessThan(1 / 6);
    expect(Math.abs(bytesOf('transformer') / (weights * GIB) - 1)).toBeLessThan(1 / 6);
    // Of every block its input is kept, of one block all; without checkpointing FLUX.1 would hold 27 GiB.
    expect(bytesOf('activations')).toBeLessThan(4 * GIB);
    expect(largest.bytes).toBeLessThan(GIB / 4);
  });
});
