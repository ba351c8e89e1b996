/**
 * @file Reward `aesthetic`: a head's score of the picture alone, brought to 0 … 1 by the range its config names:
 * r = (score − lowest) / (highest − lowest).
 */
import * as z from 'zod/mini';
import { UserError } from '../errors';
import { openTensors } from '../formats/safetensors';
import { parseWith, real, text } from '../formats/schema';
import { constant, input, type Value } from '../graph/graph';
import { aestheticScore } from '../models/clip-vision';
import { WeightScope } from '../models/weights';
import { add } from '../ops/add';
import { rowDot } from '../ops/row-dot';
import { scale } from '../ops/scale';
import { quoted, showList } from '../shown';
import { openTower } from './clip';
import type { RewardKind } from './reward';

const scoreRange = 'a pair of numbers, [lowest, highest score], the second above the first';
const headSchema = z.looseObject(
  {
    backbone: text('the name of the reward whose image embedding the head reads'),
    range: z._default(
      z
        .tuple([real(-1e6, 1e6), real(-1e6, 1e6)], { error: scoreRange })
        .check(z.refine(([lowest, highest]) => lowest < highest, { error: scoreRange })),
      [0, 10],
    ),
  },
  { error: 'an object' },
);

/** A score [R, 1] on its range as a number that is 0 at the lowest and 1 at the highest. */
export function onRange(score: Value, [lowest, highest]: readonly [number, number]): Value {
  const span = highest - lowest;
  const scaled = scale(score, 1 / span);
  return lowest === 0 ? scaled : add(scaled, constant('lowest score', Float32Array.of(-lowest / span), [1]));
}

export const aesthetic: RewardKind = {
  label: 'picture alone',
  recognises: (config) => typeof config === 'object' && config !== null && 'backbone' in config,
  async open({ name, path, source, config, file }, bundle) {
    const { backbone, range } = parseWith(headSchema, config, file);
    if (!bundle.rewards.includes(backbone)) {
      throw new UserError(`${file}: "backbone" is ${quoted(backbone)}, expected one of ${showList(bundle.rewards)}.`);
    }
    const tower = await bundle.rewardFolder(backbone);
    if (aesthetic.recognises(tower.config)) {
      throw new UserError(`${file}: "backbone" is ${quoted(backbone)}, expected a CLIP image tower.`);
    }
    const head = new WeightScope(path, await openTensors(source, `${path}/head`));
    const factor = `reward.${name}.factor`;
    return {
      name,
      label: aesthetic.label,
      tower: await openTower(tower),
      scopes: [head],
      text: null,
      trace: (features) =>
        rowDot(onRange(aestheticScore(head, features), range), input(factor, [features.shape[0], 1])),
      row: ({ wordless }) => ({ [factor]: Float32Array.of(wordless) }),
    };
  },
};
