import { describe, expect, it } from 'vitest';
import { dirSource } from '../formats/dir-source';
import { openTensors } from '../formats/safetensors';
import { sizeOf } from '../graph/graph';
import { openBundle, withRewards } from '../models/bundle';
import { changeThatFits, fits, memorySum, sentenceOf } from './memory-sum';

const MINI = dirSource('public/bundles/mini-flux');
const MIB = 2 ** 20;

describe('memorySum', () => {
  it('counts what a trainer would ask of a device, the weights as the device stores them', async () => {
    const bundle = await openBundle(MINI);
    const { parts, total, largest } = await memorySum(bundle);
    const bytesOf = (what: string) => parts.find((part) => part.what === what)!.bytes;
    expect(parts.map(({ what }) => what).sort()).toEqual(
      ['LoRA and moments', 'activations', 'decoder', 'reward', 'transformer'].sort(),
    );
    expect(total).toBe(parts.reduce((sum, { bytes }) => sum + bytes, 0));
    const file = (await MINI.size('transformer/diffusion_pytorch_model.safetensors'))!;
    expect(bytesOf('transformer') / file).toBeCloseTo(1, 1);
    expect(largest.bytes).toBeLessThan(bytesOf('activations'));
    const small = await memorySum(await openBundle(MINI, { quantise: 'Q4_0' }));
    expect(small.parts.find(({ what }) => what === 'transformer')!.bytes).toBeLessThan(bytesOf('transformer') / 2);
  });

  it('counts the image tower of a CLIP model, whose text tower is gone before the rest is there', async () => {
    const folder = dirSource('tools/reference/golden/clip/hf');
    const nano = await openBundle(dirSource('public/bundles/nano'));
    const { parts } = await memorySum(withRewards({ ...nano, rewards: [] }, new Map([['pick', folder]])));
    const { info } = await openTensors(folder, 'model');
    const image = [...info.values()].filter(({ name }) => /^vis/.test(name));
    const bytes = image.reduce((sum, { shape }) => sum + 2 * sizeOf(shape), 0);
    // Tensors that share a buffer begin at multiples of 256 bytes there, and this model's are small.
    const share = parts.find(({ what }) => what === 'reward')!.bytes / bytes;
    expect(share).toBeGreaterThanOrEqual(1);
    expect(share).toBeLessThan(1.1);
  });

  it('counts shorter texts, a lower rank and modulations computed ahead, which are changes that may be enough', async () => {
    const NANO = dirSource('public/bundles/nano');
    const open = (options: object) => openBundle(NANO, options);
    const bundle = await open({});
    const whole = await memorySum(bundle, undefined, 64);
    const total = async (options: object, rank = 64) => (await memorySum(await open(options), undefined, rank)).total;
    expect(await total({ textTokens: 4 })).toBeLessThan(whole.total);
    const low = await total({}, 8);
    const ahead = await total({ modulationsAhead: true });
    expect(ahead).toBeLessThan(whole.total);
    expect(low).toBeLessThan(ahead);
    const changeFor = (memory: number) =>
      changeThatFits(open, { bundle, given: { quantise: 'Q4_0' }, rank: 64 }, { binding: null, memory });
    const enough = (await changeFor(ahead))!;
    expect(enough.options).toEqual({ modulationsAhead: true });
    const none = { binding: null, memory: ahead };
    expect(sentenceOf(whole, none, enough)).toContain(': with its modulations made ahead it needs ');
    const lower = (await changeFor(low))!;
    expect([lower.options, lower.rank]).toEqual([{}, 8]);
    expect(lower.sum.total).toBeLessThanOrEqual(low);
    expect(sentenceOf(whole, none, lower)).toContain(': with a LoRA of rank 8 it needs ');
  });

  it('names the one change that makes a base fit, and what does not', async () => {
    const open = (options: object) => openBundle(MINI, options);
    const bundle = await open({});
    const sum = await memorySum(bundle);
    const base = { bundle, given: {} };
    const half = { binding: 128 * MIB, memory: sum.total - 10 * MIB };
    expect([fits(sum, half), fits(sum, { binding: null, memory: null })]).toEqual([false, true]);
    const change = (await changeThatFits(open, base, half))!;
    expect(change.options).toEqual({ quantise: 'Q8_0' });
    expect(sentenceOf(sum, half, change)).toMatch(
      /^It needs 9\d\.\d MiB, more than 8\d\.\d MiB: with its blocks in Q8_0 it needs 8\d\.\d MiB and fits\.$/,
    );
    const none = { binding: 1 * MIB, memory: null };
    expect(await changeThatFits(open, base, none)).toBeNull();
    expect(sentenceOf(sum, none, null)).toMatch(
      /^One buffer \(transformer\/transformer_blocks\.0\.norm1\.linear\.weight\) needs .* MiB, this device binds 1\.00 MiB; no single change/,
    );
  });
});
