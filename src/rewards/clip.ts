/**
 * @file Reward `clip`: f·C of an image tower and a projection of the base's own pooled text.
 */
import { UserError } from '../errors';
import { openTensors } from '../formats/safetensors';
import { inFolder } from '../models/bundle';
import { textReward } from './directions';
import type { RewardKind } from './reward';
import { openTower } from './tower';

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

export const clip: RewardKind = {
  label: 'text and picture',
  recognises: () => true,
  async open(folder, bundle) {
    const tower = await openTower(folder);
    const tensors = await openTensors(folder.source, inFolder(folder, 'text_projection'));
    const { shape, data } = await tensors.readFloat32('text_projection.weight');
    const expected = [tower.projection, bundle.pooledText];
    if (shape.length !== 2 || shape[0] !== expected[0] || shape[1] !== expected[1]) {
      throw new UserError(
        `${tensors.name}: tensor text_projection.weight has shape [${shape.join(', ')}], expected [${expected.join(', ')}].`,
      );
    }
    const projection = { rows: shape[0], columns: shape[1], data };
    return textReward(folder.name, clip.label, tower, async (text, desk) =>
      textFeatures(projection, await desk.pooled(text)),
    );
  },
};
