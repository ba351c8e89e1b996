import { expect, it } from 'vitest';
import { testGpu } from '../compiler/testing';
import { Tuner } from '../gpu/tuner';
import { parseRunFile } from '../methods/run-file';
import { openBundle } from '../models/bundle';
import { openText } from '../models/open-text';
import { wholeBase } from '../models/whole-base';
import { memorySum } from './memory-sum';
import { openModel } from './model';
import { Pipeline } from './pipeline';
import { Trainer } from './trainer';

// Its first update, which takes minutes here, asks for nothing more: measured by hand.
it('FLUX.2 [klein] of its own widths, one block of each kind, asks a device for what was counted before', async () => {
  const gpu = await testGpu();
  const before = gpu.memory.bytes;
  const bundle = await openBundle(wholeBase('FLUX.2-klein-4B', [1, 1], 64, 2), { size: 256 });
  const planned = await memorySum(bundle, gpu.description);
  const pipeline = new Pipeline(gpu, await openModel(bundle), await openText(bundle), new Tuner({}, false));
  const run = parseRunFile({ version: 1, batch: 1, prompts: ['a'], reward: { model: 'pickscore' } });
  const trainer = await Trainer.create(pipeline, run);
  const held = gpu.memory.bytes - before;
  expect(held / planned.total).toBeCloseTo(1, 3);
  // What is there meanwhile only, as the reward's text tower, comes before the rest.
  expect(gpu.memory.peakBytes - before).toBe(held);
  trainer.destroy();
  pipeline.destroy();
  expect(gpu.memory.bytes).toBe(before);
});
