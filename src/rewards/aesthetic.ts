/**
 * @file Reward `aesthetic`: a head's score of the picture alone, brought to 0 … 1 by the range its config names:
 * r = (score − lowest) / (highest − lowest).
 */
import { constant, input, type Value } from '../graph/graph';
import { aestheticScore } from '../models/clip-vision';
import { WeightScope } from '../models/weights';
import { add } from '../ops/add';
import { rowDot } from '../ops/row-dot';
import { scale } from '../ops/scale';
import type { RewardKind } from './reward';

/** A score [R, 1] on its range as a number that is 0 at the lowest and 1 at the highest. */
export function onRange(score: Value, [lowest, highest]: readonly [number, number]): Value {
  const span = highest - lowest;
  const scaled = scale(score, 1 / span);
  return lowest === 0 ? scaled : add(scaled, constant('lowest score', Float32Array.of(-lowest / span), [1]));
}

export const aesthetic: RewardKind<'aesthetic'> = {
  kind: 'aesthetic',
  label: 'picture alone',
  async open({ name, backbone, head, range }) {
    const factor = `reward.${name}.factor`;
    return {
      name,
      label: aesthetic.label,
      tower: backbone.name,
      scopes: [new WeightScope(`rewards/${backbone.name}`, backbone.tensors), new WeightScope(`rewards/${name}`, head)],
      text: null,
      trace: ({ features, weights, rows }) =>
        rowDot(onRange(aestheticScore(weights(name), features(backbone.name)), range), input(factor, [rows, 1])),
      row: ({ wordless }) => ({ [factor]: Float32Array.of(wordless) }),
    };
  },
};
