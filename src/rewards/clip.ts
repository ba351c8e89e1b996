/**
 * @file Reward `clip`: f·C, f the picture's normalised embedding, C directions in text space (SRPO, eqs. 8–11).
 */
import { UserError } from '../errors';
import { input } from '../graph/graph';
import { WeightScope } from '../models/weights';
import { rowDot } from '../ops/row-dot';
import type { RewardKind } from './reward';

/** [projection, pooled] row by row. */
export interface TextProjection {
  rows: number;
  columns: number;
  data: Float32Array;
}

/** L2-normalised text features of one pooled embedding. */
export function textFeatures({ rows, columns, data }: TextProjection, pooled: Float32Array): Float32Array {
  const out = new Float32Array(rows);
  let norm = 0;
  for (let r = 0; r < rows; r++) {
    let sum = 0;
    for (let c = 0; c < columns; c++) sum += data[r * columns + c] * pooled[c];
    out[r] = sum;
    norm += sum * sum;
  }
  norm = Math.max(Math.sqrt(norm), 1e-12);
  return out.map((v) => v / norm);
}

export const clip: RewardKind<'clip'> = {
  kind: 'clip',
  label: 'text and picture',
  async open({ name, config, tensors, textProjection }, pooledSize) {
    const { shape, data } = await textProjection.readFloat32('text_projection.weight');
    const expected = [config.projection_dim, pooledSize];
    if (shape.length !== 2 || shape[0] !== expected[0] || shape[1] !== expected[1]) {
      throw new UserError(
        `${textProjection.name}: tensor text_projection.weight has shape [${shape.join(', ')}], expected [${expected.join(', ')}].`,
      );
    }
    const projection = { rows: shape[0], columns: shape[1], data };
    const text = (pooled: Float32Array) => textFeatures(projection, pooled);
    const direction = `reward.${name}.direction`;
    return {
      name,
      label: clip.label,
      tower: name,
      scopes: [new WeightScope(`rewards/${name}`, tensors)],
      text,
      trace: ({ features }) => {
        const f = features(name);
        return rowDot(f, input(direction, f.shape));
      },
      row: ({ prompt, texts }, pooled) => {
        const parts = texts.map(({ weight, word }) => ({ weight, c: text(pooled(prompt, word)) }));
        const sum = (i: number) => parts.reduce((total, { weight, c }) => total + weight * c[i], 0);
        return { [direction]: Float32Array.from({ length: projection.rows }, (_, i) => sum(i)) };
      },
    };
  },
};
