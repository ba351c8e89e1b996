/**
 * @file The image tower of a reward's folder: of transformers' `CLIPVisionModelWithProjection`, or of a whole CLIP model.
 */
import * as z from 'zod/mini';
import { UserError } from '../errors';
import { readJson } from '../formats/file-source';
import { parseWith } from '../formats/schema';
import { inFolder, type RewardFolder } from '../models/bundle';
import {
  type ClipPreparation,
  isClipModel,
  parseClipConfig,
  parsePreparation,
  squashed,
  usualPreparation,
} from '../models/clip-config';
import { openClipTensors } from '../models/clip-names';
import { clipImageFeatures } from '../models/clip-vision';
import { type ClipVisionConfig, parseClipVisionConfig } from '../models/configs';
import { forDevice } from '../models/quantised';
import { WeightScope } from '../models/weights';
import { showValue } from '../shown';
import type { ImageTower } from './reward';

/** transformers' classes that a reward's config may be of. */
const CLASSES = ['CLIPModel', 'CLIPVisionModelWithProjection'];

/** @throws UserError for a config that is wrong and for weights that are missing */
export async function openTower(folder: RewardFolder): Promise<ImageTower> {
  checkClass(folder);
  if (isClipModel(folder.config)) return modelTower(folder, await openScope(folder));
  const config = parseClipVisionConfig(folder.config, folder.file);
  return towerOf(folder, config, await openScope(folder), squashed(config.image_size));
}

/** The image tower of a whole model. @param scope the model's weights */
export function modelTower(folder: RewardFolder, scope: WeightScope): Promise<ImageTower> {
  const { vision } = parseClipConfig(folder.config, folder.file);
  return towerOf(folder, vision, scope, usualPreparation(folder.config, folder.file, vision.image_size));
}

const error = '"q8_0"';
const weightsSchema = z.looseObject({ weights: z.optional(z.literal('q8_0', { error })) }, { error: 'an object' });

/** The weights of a folder by transformers' names; with `"weights": "q8_0"` in its config the layers' matrices in blocks. */
export async function openScope({ name, path, source, config, file }: RewardFolder): Promise<WeightScope> {
  const { weights } = parseWith(weightsSchema, config, file);
  const tensors = await openClipTensors(source, path);
  return new WeightScope(`rewards/${name}`, forDevice(tensors, weights && 'Q8_0'));
}

/** @throws UserError for a config of another class */
export function checkClass({ config, file }: RewardFolder): void {
  const classes = (config as { architectures?: unknown } | null)?.architectures;
  if (!Array.isArray(classes) || classes.some((name) => CLASSES.includes(name))) return;
  throw new UserError(`${file}: "architectures" is ${showValue(classes)}, expected one of ${CLASSES.join(', ')}.`);
}

async function towerOf(
  folder: RewardFolder,
  config: ClipVisionConfig,
  scope: WeightScope,
  usual: ClipPreparation,
): Promise<ImageTower> {
  const preprocessor = inFolder(folder, 'preprocessor_config.json');
  const { source } = folder;
  const isSaid = (await source.size(preprocessor)) !== undefined;
  const what = folder.file.replace(/[^/ ]+$/, 'preprocessor_config.json');
  const preparation = isSaid ? parsePreparation(await readJson(source, preprocessor), what, config.image_size) : usual;
  return {
    name: folder.name,
    scopes: [scope],
    projection: config.projection_dim,
    embed: (picture) => clipImageFeatures(config, scope, picture, preparation),
  };
}
