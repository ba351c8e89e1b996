/** What leaves a run as a file draws what the trainer draws, whatever alpha / rank is: one place folds the scale. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { relativeL2, testGpu } from '../compiler/testing';
import { Tuner } from '../gpu/tuner';
import { factorsFromFile, type LoraLayout, layoutOf, layoutOfFile } from '../lora/layout';
import { readLora } from '../lora/lora-file';
import { writeLora, writePeftZip } from '../lora/write';
import { parseRunFile } from '../methods/run-file';
import type { TextEncoder } from '../models/text-encoder';
import { loraFile } from '../worker/lora-of';
import { Pipeline } from './pipeline';
import { noiseOf } from './random';
import { openForTest } from './testing';
import { loraExport, Trainer } from './trainer';

const run = parseRunFile({
  version: 1,
  bundle: 'nano',
  prompts: ['cat face'],
  batch: 1,
  lora: { rank: 3, alpha: 7.5, targets: ['attn.to_q', 'attn.to_out.0', 'proj_out'] },
  optimizer: { learningRate: 0.05 },
  rollout: { steps: 2 },
});

let pipeline: Pipeline;
let text: TextEncoder;
beforeAll(async () => {
  const opened = await openForTest();
  text = opened.text;
  pipeline = new Pipeline(await testGpu(), opened.model, text, new Tuner({}, false));
});
afterAll(() => {
  pipeline.destroy();
  return text.dispose();
});

/** The latents of one picture, drawn with `factors` of a layout; null draws the base. */
async function drawn(lora: { layout: LoraLayout; factors: Float32Array<ArrayBuffer> } | null) {
  const parameters = lora && pipeline.gpu.buffer(lora.factors.byteLength, 'LoRA');
  if (lora) pipeline.gpu.write(parameters!, lora.factors);
  const sampler = await pipeline.sampler(1, lora && { layout: lora.layout, parameters: parameters! });
  await sampler.run(noiseOf(5, 1, pipeline.model.latentSize), ['cat face'], 2, 3.5);
  const latents = await sampler.read();
  sampler.destroy();
  return latents;
}

it('with alpha ≠ rank the trainer, its export, the PEFT zip and a kept LoRA draw the same', async () => {
  const trainer = await Trainer.create(pipeline, run);
  for (let n = 0; n < 3; n++) await trainer.update();
  await trainer.sampler.run(noiseOf(5, 1, pipeline.model.latentSize), ['cat face'], 2, 3.5);
  const own = await trainer.sampler.read();
  const { step, parameters } = await trainer.state();
  trainer.destroy();
  expect(relativeL2(await drawn(null), own), 'the LoRA moves the base').toBeGreaterThan(1e-2);

  const baseHash = 'ab'.repeat(32);
  const layout = layoutOf(run, pipeline.model.linears);
  const linears = pipeline.model.linears.filter(({ name }) => layout.linears.has(name));
  const lora = loraExport(run, layout, parameters, step, baseHash);
  const files = {
    export: writeLora(lora),
    'PEFT zip': writePeftZip(lora),
    'kept in the page': loraFile({ run, baseHash, wordChanges: [] }, { linears, parameters, step }),
  };
  for (const [what, bytes] of Object.entries(files)) {
    const file = readLora(bytes, what);
    // Of the file by itself, as `generate` and the page draw.
    const plain = layoutOfFile(file, pipeline.model.linears, what);
    expect(relativeL2(await drawn({ layout: plain, factors: factorsFromFile(plain, file, what) }), own)).toBeLessThan(
      1e-5,
    );
    // Of the run it goes on with: its own factors again.
    const factors = factorsFromFile(layout, file, what);
    expect(relativeL2(factors, parameters), what).toBeLessThan(1e-6);
    expect(relativeL2(await drawn({ layout, factors }), own), what).toBeLessThan(1e-5);
    expect(file.run, what).toEqual(run);
  }
});
