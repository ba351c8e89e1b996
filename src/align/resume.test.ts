/** @file Every method goes on after an interruption as if there had been none: state and metrics, to the bit. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { testGpu } from '../compiler/testing';
import type { TrainerState } from '../formats/trainer-state';
import { Tuner } from '../gpu/tuner';
import { METHODS, type MethodId } from '../methods';
import { parseRunFile } from '../methods/run-file';
import type { TextEncoder } from '../models/text-encoder';
import type { Model } from './model';
import { Pipeline } from './pipeline';
import { openForTest } from './testing';
import { Trainer } from './trainer';

let model: Model;
let text: TextEncoder;
const tuner = new Tuner({}, false);

beforeAll(async () => {
  ({ model, text } = await openForTest());
});
afterAll(() => text.dispose());

/** Updates from a state, each one's metrics without its time, and the states after them. */
async function updates(count: number, method: MethodId, options: object, state: TrainerState | null) {
  const run = parseRunFile({
    version: 1,
    bundle: 'nano',
    method,
    options,
    prompts: ['cat face', 'red apple', 'penguin'],
    batch: 2,
    lora: { rank: 4 },
    rollout: { steps: 5 },
    reward: { positive: ['3d render', 'neon sign'] },
  });
  const pipeline = new Pipeline(await testGpu(), model, text, tuner);
  const trainer = await Trainer.create(pipeline, run, { state });
  const metrics = [];
  const states = [];
  for (let n = 0; n < count; n++) {
    const { seconds, ...rest } = await trainer.update();
    expect(seconds).toBeGreaterThan(0);
    metrics.push(rest);
    states.push(await trainer.state());
  }
  trainer.destroy();
  pipeline.destroy();
  return { metrics, states };
}

/** Each method as it is by default, but for a group of two; and what else has a state of its own. */
const CASES: [MethodId, object][] = [
  ...METHODS.map(({ id, group }): [MethodId, object] => [id, group ? { group: 2 } : {}]),
  ['draft', { k: 3 }],
  ['grpo', { group: 2, inner: 2, advance: 2 }],
];

it.each(CASES)('%s %o: the third update of a resumed run is that of an uninterrupted one', async (method, options) => {
  const whole = await updates(3, method, options, null);
  const [, second, third] = whole.states;
  expect(whole.metrics[2].gradNorm).toBeGreaterThan(0);
  expect(third.parameters).not.toEqual(second.parameters);
  const resumed = await updates(1, method, options, structuredClone(second));
  expect(resumed.metrics[0].step).toBe(3);
  expect(resumed.metrics[0]).toEqual(whole.metrics[2]);
  expect(resumed.states[0]).toEqual(third);
});
