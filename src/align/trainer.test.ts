import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { relativeL2, testGpu } from '../compiler/testing';
import { dirSource } from '../formats/dir-source';
import { openTensors } from '../formats/safetensors';
import { Tuner } from '../gpu/tuner';
import { kappaAt, sigmaStep } from '../methods/direct-align/levels';
import { gamma } from '../methods/direct-align/recovery';
import { parseRunFile } from '../methods/run-file';
import { withRewards } from '../models/bundle';
import type { TextEncoder } from '../models/text-encoder';
import { RewardMixture } from '../rewards/mixture';
import type { Model } from './model';
import { Pipeline } from './pipeline';
import { noiseOf } from './random';
import { openForTest } from './testing';
import { TimelineDrawer } from './timeline';
import { Trainer } from './trainer';

const run = parseRunFile({
  version: 1,
  bundle: 'nano',
  prompts: ['cat face', 'red apple', 'penguin'],
  batch: 2,
  lora: { rank: 4 },
  rollout: { steps: 2 },
  samples: { prompts: ['cat face', 'red apple', 'owl'] },
});

let model: Model;
let text: TextEncoder;
const tuner = new Tuner({}, false);
const pipeline = async () => new Pipeline(await testGpu(), model, text, tuner);

beforeAll(async () => {
  ({ model, text } = await openForTest());
});
afterAll(() => text.dispose());

describe('the trainer on the nano bundle', () => {
  it('takes prompts and control words in turn, and new words from the next update on', async () => {
    const trainer = await Trainer.create(await pipeline(), run);
    const first = await trainer.update();
    expect([first.step, first.positive, first.negative]).toEqual([1, '3d render', 'pencil sketch']);
    expect(trainer.picture?.prompt).toBe('cat face');
    trainer.setWords({ positive: ['neon sign'], negative: ['cartoon', 'sticker'] });
    const second = await trainer.update();
    expect([second.positive, second.negative]).toEqual(['neon sign', 'sticker']);
    expect(trainer.picture?.prompt).toBe('penguin');
    expect(first.gradNorm).toBeGreaterThan(0);
    expect(() => trainer.setWords({ positive: [], negative: ['cartoon'] })).toThrow('at least one word');
    trainer.destroy();
  });

  it('no buffer is left behind by updates, and none at all by a trainer that is done', async () => {
    const gpu = await testGpu();
    const p = await pipeline();
    const before = { ...gpu.memory };
    const trainer = await Trainer.create(p, run);
    await trainer.update();
    const during = { ...gpu.memory };
    for (let n = 0; n < 10; n++) await trainer.update();
    expect(gpu.memory.buffers).toBe(during.buffers);
    expect(gpu.memory.bytes).toBe(during.bytes);
    trainer.destroy();
    p.destroy();
    expect(gpu.memory.buffers).toBe(before.buffers);
    expect(gpu.memory.bytes).toBe(before.bytes);
  });

  it('a loss that is not finite stops it and leaves the LoRA as it was', async () => {
    const trainer = await Trainer.create(await pipeline(), run);
    await trainer.update();
    const state = await trainer.state();
    state.parameters.fill(Number.NaN, 0, 8);
    const broken = await Trainer.create(await pipeline(), run, { state });
    await expect(broken.update()).rejects.toThrow(
      'not finite: the run stopped at the last good state, after 1 updates',
    );
    expect(broken.step).toBe(1);
    expect((await broken.state()).secondMoment).toEqual(state.secondMoment);
    trainer.destroy();
    broken.destroy();
  });

  it('without the inversion branch (direct-align) there is one reward and one loss', async () => {
    const trainer = await Trainer.create(await pipeline(), { ...run, method: 'direct-align' });
    const metrics = await trainer.update();
    expect(metrics.rewardInversion).toBeNull();
    expect(metrics.lossInversion).toBeNull();
    expect(metrics.lossDenoise).toBeCloseTo((run.reward.margin - metrics.reward) / 2, 5);
    expect([metrics.rewardDenoise, metrics.lossDenoise]).toEqual([metrics.reward, metrics.loss]);
    trainer.destroy();
  });

  it('samples are the same whatever the batch they are drawn in', async () => {
    const trainer = await Trainer.create(await pipeline(), run);
    const pictures = await trainer.samples();
    expect(pictures).toHaveLength(3);
    const single = await Trainer.create(await pipeline(), { ...run, batch: 1 });
    const again = await single.samples();
    for (let i = 0; i < 3; i++) {
      const worst = pictures[i].data.reduce((most, v, j) => Math.max(most, Math.abs(v - again[i].data[j])), 0);
      expect(worst).toBeLessThan(1e-3);
    }
    trainer.destroy();
    single.destroy();
  });

  it('an unknown reward and a target that matches nothing are sentences', async () => {
    const p = await pipeline();
    await expect(Trainer.create(p, { ...run, reward: { ...run.reward, model: 'taste' } })).rejects.toThrow(
      'Unknown reward "taste"',
    );
    const lora = { ...run.lora, targets: ['to_qq'] };
    await expect(Trainer.create(p, { ...run, lora })).rejects.toThrow('"to_qq" matches no linear');
  });
});

describe('a person as the reward', () => {
  const judged = parseRunFile({
    ...run,
    method: 'grpo',
    options: { group: 2, window: 1 },
    reward: { ...run.reward, model: 'person' },
  });

  it('is shown the pictures of an update and decides where it goes; equal votes change nothing', async () => {
    const shown: [number, readonly string[]][] = [];
    const norms: number[] = [];
    for (const votes of [
      [1, 0],
      [0, 1],
      [1, 1],
      [null, 1],
    ] as const) {
      const ask = async (pictures: { data: Float32Array }[], prompts: readonly string[]) => {
        expect(Math.max(...pictures[0].data)).toBeLessThanOrEqual(1);
        shown.push([pictures.length, prompts]);
        return votes;
      };
      const trainer = await Trainer.create(await pipeline(), judged, { ask });
      const { gradNorm, reward } = await trainer.update();
      expect(reward).toBeCloseTo((votes[0] ?? 0.5) / 2 + votes[1] / 2, 6);
      norms.push(gradNorm);
      trainer.destroy();
    }
    expect(shown).toEqual(Array.from({ length: 4 }, () => [2, ['cat face', 'cat face']]));
    expect(norms[0]).toBeGreaterThan(0);
    expect(norms[1]).toBeCloseTo(norms[0], 6);
    expect(norms.slice(2)).toEqual([0, 0]);
  });

  it('where nobody is there, is a sentence that names the page', async () => {
    await expect(Trainer.create(await pipeline(), judged)).rejects.toThrow('start it with npm start');
  });
});

describe('the timeline', () => {
  it('at no noise the recovery is the clean picture, and every number follows its formula', async () => {
    const p = await pipeline();
    const trainer = await Trainer.create(p, run);
    const noise = noiseOf(3, 1, model.latentSize);
    const sampler = await p.sampler(1);
    await sampler.run(noise, ['cat face'], 2, 3.5);
    const x0 = await sampler.read();
    const decoder = await p.decoder(1);
    decoder.write('latents', x0);
    await decoder.runAndWait();
    const clean = await decoder.read('picture');
    const drawer = await TimelineDrawer.create(p, run, trainer.rewards, trainer.lora);
    const sigmas = [0.98, 0.8, 0.5, 0.2, 0.01, 0];
    const columns = await drawer.draw({
      prompt: 'cat face',
      noise,
      x0,
      positive: '3d render',
      negative: 'pencil sketch',
      sigmas,
    });
    expect(columns.map((c) => c.sigma)).toEqual(sigmas);
    for (const c of columns) {
      expect(c.sigmaRecovered).toBe(Math.max(c.sigma - sigmaStep(run), 0));
      expect(c.gamma).toBe(gamma(c.sigma, c.sigmaRecovered!));
      expect(c.kappa).toBe(kappaAt(run, c.sigmaRecovered!));
    }
    const last = columns[5];
    for (const picture of [last.injected, last.recovered!, last.oneStep]) {
      const worst = picture.data.reduce((most, v, i) => Math.max(most, Math.abs(v - clean[i])), 0);
      expect(worst).toBeLessThan(1e-4);
    }
    expect(last.reward).toBeCloseTo(last.rewardOneStep, 4);
    expect(kappaAt(run, 0.2)).toBe(0.1);
    expect(kappaAt(run, 0.99)).toBe(0.25);
    for (const thing of [drawer, decoder, sampler, trainer]) thing.destroy();
  });

  it('reads the texts of a CLIP model before a run as transformers does, and gives its text tower back', async () => {
    const gpu = await testGpu();
    const folder = dirSource('tools/reference/golden/clip/hf');
    const bundle = withRewards(model.bundle, new Map([['hps', folder]]));
    const { reward } = (await RewardMixture.open(bundle, 'hps')).parts[0];
    const p = new Pipeline(gpu, { ...model, bundle }, text, tuner);
    const texts = ["Natural lighting. A cat's face", 'é 猫'];
    const before = gpu.memory.bytes;
    await p.readAhead([reward], texts);
    const kept = gpu.memory.bytes;
    const expected = await (await openTensors(folder, 'expected')).readFloat32('text');
    const [, projection] = expected.shape;
    for (const [i, row] of [0, 2].entries()) {
      const features = expected.data.slice(row * projection, (row + 1) * projection);
      expect(relativeL2(await p.features(reward, texts[i]), features)).toBeLessThan(1e-5);
    }
    expect(gpu.memory.bytes).toBe(kept);
    await p.features(reward, 'another text');
    expect(gpu.memory.bytes).toBeGreaterThan(kept);
    await p.readAhead([reward], texts);
    expect(gpu.memory.bytes).toBe(kept);
    p.destroy();
    expect(gpu.memory.bytes).toBe(before);
  });

  it('shows each method what its reward sees, scored in its reward form', async () => {
    const p = await pipeline();
    const [noise, x0] = [noiseOf(3, 1, model.latentSize), noiseOf(4, 1, model.latentSize)];
    const rewards = await RewardMixture.open(model.bundle, { clip: 1, aesthetic: 1 });
    const words = { prompt: 'cat face', positive: '3d render', negative: 'pencil sketch' };
    const columnsOf = async (method: string, form: string) => {
      const of = parseRunFile({ ...run, method, reward: { ...run.reward, form } });
      const drawer = await TimelineDrawer.create(p, of, rewards, null, 2);
      const columns = await drawer.draw({ ...words, noise, x0, sigmas: [0.9, 0.5, 0] });
      drawer.destroy();
      return columns;
    };
    const oneStep = await columnsOf('refl', 'relative');
    for (const c of oneStep) {
      expect(c).toMatchObject({ sigmaRecovered: null, gamma: -c.sigma, kappa: 0 });
      expect([c.reward, c.penalty, 'recovered' in c]).toEqual([c.rewardOneStep, c.penaltyOneStep, false]);
    }
    // At σ = 0 one step is the finished picture, whose reward stands in every column.
    const finished = await columnsOf('draft', 'relative');
    expect(finished.map((c) => c.sigma)).toEqual([0.9, 0.5, 0]);
    for (const c of finished) {
      expect(c.reward).toBeCloseTo(oneStep[2].reward, 5);
      expect(c.penalty).toBeCloseTo(oneStep[2].penalty!, 5);
      expect(c.gamma).toBeNull();
    }
    expect(finished[0].rewardOneStep).toBeCloseTo(oneStep[0].rewardOneStep, 5);
    // Without unwanted words there is no penalty, and the same wanted words give the same reward.
    const wanted = await columnsOf('refl', 'positive');
    wanted.forEach((c, i) => {
      expect(c.penalty).toBeNull();
      expect(c.reward).toBeCloseTo(oneStep[i].reward, 5);
    });
    const alone = await columnsOf('refl', 'prompt');
    expect(alone[2].reward).not.toBeCloseTo(wanted[2].reward, 4);
  });
});
