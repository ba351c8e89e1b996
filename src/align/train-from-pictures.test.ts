/** @file Training from pictures: what an update draws, what it leaves in its line, and that it goes on to the bit. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { testGpu } from '../compiler/testing';
import type { TrainerState } from '../formats/trainer-state';
import { Tuner } from '../gpu/tuner';
import { METHODS } from '../methods';
import { drawUpdate, type UpdateContext } from '../methods/draw-update';
import { parseRunFile } from '../methods/run-file';
import type { TextEncoder } from '../models/text-encoder';
import { fingerprintOf, type PictureSource } from '../pictures/source';
import type { Model } from './model';
import { Pipeline } from './pipeline';
import { noiseOf, Random } from './random';
import { openForTest } from './testing';
import { Trainer } from './trainer';

let model: Model;
let text: TextEncoder;
const tuner = new Tuner({}, false);

beforeAll(async () => {
  ({ model, text } = await openForTest());
});
afterAll(() => text.dispose());

const CAPTIONS = ['cat face', 'red apple', 'penguin', 'owl', 'green tree'];

/** Five pictures, whose latents are noise; notes which were asked for. */
async function source(captions = CAPTIONS): Promise<PictureSource & { asked: (readonly number[])[] }> {
  const asked: (readonly number[])[] = [];
  return {
    asked,
    count: captions.length,
    caption: (i) => captions[i],
    fingerprint: await fingerprintOf(captions.map((caption) => ({ name: caption, caption, hash: caption }))),
    async latents(indices) {
      asked.push(indices);
      const rows = new Float32Array(indices.length * model.latentSize);
      for (const [row, i] of indices.entries()) rows.set(noiseOf(i, 1, model.latentSize), row * model.latentSize);
      return rows;
    },
  };
}

const runOf = (changes: object = {}) =>
  parseRunFile({
    version: 1,
    bundle: 'nano',
    prompts: ['never used'],
    images: 'photos',
    batch: 2,
    lora: { rank: 4 },
    rollout: { steps: 5 },
    samples: { prompts: ['cat face'] },
    ...changes,
  });

async function updates(
  count: number,
  run: ReturnType<typeof runOf>,
  pictures: PictureSource | null,
  state: TrainerState | null = null,
) {
  const pipeline = new Pipeline(await testGpu(), model, text, tuner);
  try {
    const trainer = await Trainer.create(pipeline, run, { state, pictures });
    const done = [];
    for (let n = 0; n < count; n++) {
      const { seconds: _, ...metrics } = await trainer.update();
      done.push({ metrics, state: await trainer.state(), picture: trainer.picture! });
    }
    trainer.destroy();
    return { done };
  } finally {
    pipeline.destroy();
  }
}

const takers = METHODS.filter(({ takesPictures }) => takesPictures).map(({ id, group }) => ({
  method: id,
  options: group ? { group: 2 } : {},
}));

describe('training from pictures', () => {
  it.each(takers)(
    '$method takes captions and latents of the pictures its plan names, and goes on to the bit',
    async (of) => {
      const pictures = await source();
      const whole = (await updates(3, runOf(of), pictures)).done;
      for (const [n, { metrics, picture }] of whole.entries()) {
        const drawn = metrics.plan.pictures as number[];
        expect(drawn).toEqual(pictures.asked[n]);
        expect(new Set(drawn).size).toBe(2);
        expect(picture.prompt).toBe(CAPTIONS[drawn[0]]);
        expect(picture.x0).toEqual(noiseOf(drawn[0], 1, model.latentSize));
        expect(picture.noise).not.toEqual(picture.x0);
        expect(metrics.gradNorm).toBeGreaterThan(0);
      }
      const state = structuredClone(whole[1].state);
      expect(state.pictures).toBe(pictures.fingerprint);
      const [third] = (await updates(1, runOf(of), await source(), state)).done;
      expect(third.metrics).toEqual(whole[2].metrics);
      expect(third.state).toEqual(whole[2].state);
    },
  );

  it('other pictures or captions than the run was begun with, and none at all, are sentences', async () => {
    const [{ state }] = (await updates(1, runOf(), await source())).done;
    const others = await source(['cat face', 'a red apple', 'penguin', 'owl', 'green tree']);
    await expect(updates(1, runOf(), others, state)).rejects.toThrow(
      'The pictures "photos" are not those that the run was begun with: put files and captions back',
    );
    await expect(updates(1, runOf(), null)).rejects.toThrow('store a set of this name, or set "images" to null');
  });
});

describe('the random choices of an update', () => {
  const context = (batch: number, pictures?: number): UpdateContext => ({
    ...{ method: METHODS[0], run: runOf({ batch }), update: 0, sigmas: [1, 0.5, 0], latentSize: 4, pictures },
  });

  it('are the same as ever where there are no pictures', () => {
    const random = Random.stream(7, 'updates');
    const { plan, noise, pictures } = drawUpdate(context(2), random);
    const again = Random.stream(7, 'updates');
    expect(plan).toEqual({ sigmaIndex: again.integer(5, 995) });
    expect(noise).toEqual(again.normals(8));
    expect(pictures).toBeNull();
  });

  it('name each picture once, or all of them before any again, and every picture in the end', () => {
    const random = Random.stream(7, 'updates');
    const seen = new Set<number>();
    for (let n = 0; n < 50; n++) {
      const { pictures } = drawUpdate(context(4, 10), random);
      expect(new Set(pictures).size).toBe(4);
      for (const i of pictures!) seen.add(i);
    }
    expect([...seen].sort()).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    const { pictures } = drawUpdate(context(8, 3), random);
    expect([...pictures!.slice(0, 3)].sort()).toEqual([0, 1, 2]);
    expect([...pictures!.slice(3, 6)].sort()).toEqual([0, 1, 2]);
    expect(pictures).toHaveLength(8);
  });
});
