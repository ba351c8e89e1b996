/**
 * @file The hills as a graph scores them: C(x) is the cosine between ((x − c)/w, 1) and (0, 0, 1), as CLIP's is one between
 * picture and text.
 */
import { constant, input, type Value } from '../graph/graph';
import type { Scored } from '../methods/bench';
import type { RewardRow } from '../methods/reward-form';
import { repeatRows } from '../methods/rows';
import { add } from '../ops/add';
import { concat } from '../ops/concat';
import { l2Normalize } from '../ops/l2-normalize';
import { rowCombine } from '../ops/row-combine';
import { rowDot } from '../ops/row-dot';
import { type Hills, WIDTH, WORDS } from './hills';

/** Traces the rewards of points [rows, 2]. */
export function scoreHills(points: Value): Scored {
  const [rows] = points.shape;
  const by = constant('width', repeatRows([1 / WIDTH, -1 / WIDTH], rows), [rows, 2]);
  const one = constant('one', new Float32Array(rows).fill(1), [rows, 1]);
  const features = WORDS.map((word) =>
    l2Normalize(concat([rowCombine(by, [points, input(`reward.${word}.centre`, [rows, 2])]), one], 1)),
  );
  const heights = WORDS.map((word, i) => rowDot(features[i], input(`reward.${word}.text`, [rows, 3])));
  const reward = add(heights[0], heights[1]);
  return {
    reward,
    parts: new Map([['hills', reward]]),
    shares: new Map([['hills', 1]]),
    features: new Map([['plane', features[0]]]),
  };
}

/** What `scoreHills` reads, by input. A text without a word, and a hill that is not there, are worth nothing. */
export function hillInputs(hills: Hills, rows: readonly RewardRow[]): Record<string, Float32Array<ArrayBuffer>> {
  const inputs: Record<string, Float32Array<ArrayBuffer>> = {};
  for (const word of WORDS) {
    const hill = hills[word];
    inputs[`reward.${word}.centre`] = repeatRows(hill ? [hill.x, hill.y] : [0, 0], rows.length);
    const text = new Float32Array(3 * rows.length);
    rows.forEach(({ texts }, i) => {
      for (const part of texts) if (part.word === word && hill) text[3 * i + 2] += part.weight;
    });
    inputs[`reward.${word}.text`] = text;
  }
  return inputs;
}
