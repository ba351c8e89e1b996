/**
 * @file What rewards that read text have in common: f·C, f the picture's normalised embedding, C a direction that is mixed
 * of its texts' features (SRPO, eqs. 8–11).
 */
import { input } from '../graph/graph';
import { textOf } from '../methods/reward-form';
import { rowDot } from '../ops/row-dot';
import type { ImageTower, OpenReward } from './reward';

/** A reward of a tower and what reads its texts. */
export function textReward(
  name: string,
  label: string,
  tower: ImageTower,
  text: NonNullable<OpenReward['text']>,
): OpenReward {
  const direction = `reward.${name}.direction`;
  return {
    name,
    label,
    tower,
    scopes: [],
    text,
    trace: (features) => rowDot(features, input(direction, features.shape)),
    row: ({ prompt, texts }, features) => {
      const parts = texts.map(({ weight, word }) => ({ weight, c: features(textOf(prompt, word)) }));
      const sum = (i: number) => parts.reduce((total, { weight, c }) => total + weight * c[i], 0);
      return { [direction]: Float32Array.from({ length: tower.projection }, (_, i) => sum(i)) };
    },
  };
}
