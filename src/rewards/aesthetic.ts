/**
 * @file Reward `aesthetic`: a head's score of the picture alone, brought to 0 … 1 by the range its config names:
 * r = (score − lowest) / (highest − lowest).
 */
import * as z from 'zod/mini';
import { UserError } from '../errors';
import { openTensors } from '../formats/safetensors';
import { parseWith, real, text } from '../formats/schema';
import { constant, input, type Value } from '../graph/graph';
import { type Bundle, inFolder, type RewardFolder } from '../models/bundle';
import { aestheticScore } from '../models/clip-vision';
import { WeightScope } from '../models/weights';
import { add } from '../ops/add';
import { rowDot } from '../ops/row-dot';
import { scale } from '../ops/scale';
import { quoted, showList } from '../shown';
import type { OpenReward, RewardKind } from './reward';
import { openTower } from './tower';

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

/**
 * A reward of a head on another reward's image embedding.
 * @param scoreOf opens the head's score [R, 1] of embeddings [R, projection]
 * @throws UserError for a config that is wrong, and a file that is missing
 */
export async function openHead(
  { name, source, config, file, path }: RewardFolder,
  bundle: Bundle,
  label: string,
  scoreOf: (head: WeightScope, projection: number) => Promise<(features: Value) => Value>,
): Promise<OpenReward> {
  const { backbone, range } = parseWith(headSchema, config, file);
  if (!bundle.rewards.includes(backbone)) {
    throw new UserError(`${file}: "backbone" is ${quoted(backbone)}, expected one of ${showList(bundle.rewards)}.`);
  }
  const folder = await bundle.rewardFolder(backbone);
  if (await aesthetic.recognises(folder)) {
    throw new UserError(`${file}: "backbone" is ${quoted(backbone)}, expected a CLIP image tower.`);
  }
  const head = new WeightScope(`rewards/${name}`, await openTensors(source, inFolder({ path }, 'head')));
  const tower = await openTower(folder);
  const score = await scoreOf(head, tower.projection);
  const factor = `reward.${name}.factor`;
  return {
    name,
    label,
    tower,
    scopes: [head],
    text: null,
    trace: (features) => rowDot(onRange(score(features), range), input(factor, [features.shape[0], 1])),
    row: ({ wordless }) => ({ [factor]: Float32Array.of(wordless) }),
  };
}

export const aesthetic: RewardKind = {
  label: 'picture alone',
  recognises: ({ config }) => typeof config === 'object' && config !== null && 'backbone' in config,
  open: (folder, bundle) =>
    openHead(folder, bundle, aesthetic.label, async (head) => (features) => aestheticScore(head, features)),
};
