/** Dispatches of the preset's run on mini-flux, on an adapter that prefers flash attention: counts need no device. */
import { expect, it } from 'vitest';
import { dispatchesOf } from '../compiler/count';
import { gradients } from '../compiler/differentiate';
import { dirSource } from '../formats/dir-source';
import { constant, input, parameterOp, reachable, type Value } from '../graph/graph';
import { layoutOf } from '../lora/layout';
import type { Bench } from '../methods/bench';
import { oneCall } from '../methods/one-call';
import { openBundle } from '../models/bundle';
import { hinge } from '../ops/hinge';
import { rowCombine } from '../ops/row-combine';
import { RewardMixture } from '../rewards/mixture';
import { latents, openModel, picture, velocity } from './model';
import { PRESET } from './preset';

const ROWS = 4;
const count = (outputs: readonly Value[]) => dispatchesOf(outputs, 'flash').length;

it('a rollout step of mini-flux with every linear of a block adapted, and both branches', async () => {
  const model = await openModel(await openBundle(dirSource('public/bundles/mini-flux')));
  const layout = layoutOf(PRESET, model.linears);
  const x = latents(model, ROWS, 'x');
  const next = rowCombine(input('step', [ROWS, 2]), [x, velocity(model, layout, ROWS, x)]);
  const rollout = count([next]);
  expect(rollout).toBeLessThanOrEqual(116);

  const rewards = await RewardMixture.open(model.bundle, PRESET.reward.model);
  const bench = {
    latents: (name, rows) => latents(model, rows, name),
    velocity: (at) => velocity(model, layout, at.shape[0], at),
    picture: (x0) => picture(model, x0),
  } satisfies Partial<Bench>;
  const { x0Hat, picture: pictures } = oneCall(bench as unknown as Bench, ROWS);
  const { reward } = rewards.trace(pictures);
  const loss = hinge(reward, 0);
  const parameters = reachable([loss]).filter((v) => v.op === parameterOp);
  const seed = constant('weight', new Float32Array(ROWS).fill(0.25), [ROWS]);
  const both = count([reward, loss, x0Hat, ...gradients(loss, seed, parameters)]);
  expect(both).toBeLessThanOrEqual(792);
  // Half of the 4,587 that a step with twelve of them took before anything shared a dispatch.
  expect(12 * rollout + both).toBeLessThanOrEqual(4587 / 2);
});
