/**
 * @file Reward `clip`: f·C, f the picture's normalised embedding, C directions in text space (SRPO, eqs. 8–11).
 */
import { UserError } from '../errors';
import { openTensors } from '../formats/safetensors';
import { input } from '../graph/graph';
import type { RewardFolder } from '../models/bundle';
import { clipImageFeatures } from '../models/clip-vision';
import { parseClipVisionConfig } from '../models/configs';
import { WeightScope } from '../models/weights';
import { rowDot } from '../ops/row-dot';
import type { ImageTower, RewardKind } from './reward';

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

/**
 * The image tower of a reward's folder, `CLIPVisionModelWithProjection` of transformers.
 *
 * @throws UserError for a config that is wrong and for weights that are missing
 */
export async function openTower(folder: RewardFolder): Promise<ImageTower> {
  const config = parseClipVisionConfig(folder.config, folder.file);
  const scope = new WeightScope(folder.path, await openTensors(folder.source, `${folder.path}/model`));
  return {
    name: folder.name,
    scopes: [scope],
    projection: config.projection_dim,
    embed: (picture) => clipImageFeatures(config, scope, picture),
  };
}

export const clip: RewardKind = {
  label: 'text and picture',
  recognises: () => true,
  async open(folder, bundle) {
    const { name, path, source } = folder;
    const tower = await openTower(folder);
    const tensors = await openTensors(source, `${path}/text_projection`);
    const { shape, data } = await tensors.readFloat32('text_projection.weight');
    const expected = [tower.projection, bundle.pooledText];
    if (shape.length !== 2 || shape[0] !== expected[0] || shape[1] !== expected[1]) {
      throw new UserError(
        `${tensors.name}: tensor text_projection.weight has shape [${shape.join(', ')}], expected [${expected.join(', ')}].`,
      );
    }
    const projection = { rows: shape[0], columns: shape[1], data };
    const text = (pooled: Float32Array) => textFeatures(projection, pooled);
    const direction = `reward.${name}.direction`;
    return {
      name,
      label: clip.label,
      tower,
      scopes: [],
      text,
      trace: (features) => rowDot(features, input(direction, features.shape)),
      row: ({ prompt, texts }, pooled) => {
        const parts = texts.map(({ weight, word }) => ({ weight, c: text(pooled(prompt, word)) }));
        const sum = (i: number) => parts.reduce((total, { weight, c }) => total + weight * c[i], 0);
        return { [direction]: Float32Array.from({ length: projection.rows }, (_, i) => sum(i)) };
      },
    };
  },
};
