/**
 * @file What a whole CLIP model makes of pictures and texts, for the kinds of reward that differ in their scale.
 */
import * as z from 'zod/mini';
import { UserError } from '../errors';
import { parseWith } from '../formats/schema';
import { inFolder, type RewardFolder } from '../models/bundle';
import { isClipModel, parseClipConfig } from '../models/clip-config';
import { clipTextFeatures, openClipText } from '../models/clip-text';
import { showValue } from '../shown';
import { textReward } from './directions';
import type { OpenReward } from './reward';
import { checkClass, modelTower, openScope } from './tower';

const SCORES = ['cosine', 'pickscore'] as const;
const error = SCORES.map((name) => `"${name}"`).join(' or ');
const scoreSchema = z.looseObject({ score: z.optional(z.enum(SCORES, { error })) }, { error: 'an object' });

/**
 * The score of a whole model's folder: what its config says under `score`, else PickScore's for a reward with "pick" in its
 * name; null for a folder of anything else, and for one whose text is the base's own.
 */
export async function scoreOf(folder: RewardFolder): Promise<(typeof SCORES)[number] | null> {
  if (!isClipModel(folder.config)) return null;
  if ((await folder.source.size(inFolder(folder, 'text_projection.safetensors'))) !== undefined) return null;
  const { score } = parseWith(scoreSchema, folder.config, folder.file);
  return score ?? (/pick/i.test(folder.name) ? 'pickscore' : 'cosine');
}

/**
 * @param scaleOf of the model's logit_scale; by default the score is the cosine
 * @throws UserError for a config that is wrong, and for weights or a tokeniser that are missing or do not fit
 */
export async function openClipModel(
  folder: RewardFolder,
  label: string,
  scaleOf?: (logitScale: number) => number,
): Promise<OpenReward> {
  checkClass(folder);
  const { name, source, path, config: value, file } = folder;
  const config = parseClipConfig(value, file);
  const scope = await openScope(folder);
  const tower = await modelTower(folder, scope);
  const read = await openClipText(config, scope, source, path);
  // Traced once here, so that a wrong tensor is an error before a device is asked for.
  clipTextFeatures(config, scope);
  let scale = 1;
  if (scaleOf) {
    const { shape, data } = await scope.tensors.readFloat32('logit_scale');
    scale = scaleOf(data[0]);
    if (data.length !== 1 || !Number.isFinite(scale)) {
      throw new UserError(
        `${scope.tensors.name}: tensor logit_scale is ${showValue(data.length === 1 ? data[0] : shape)}, expected one number, about 4.6.`,
      );
    }
  }
  const { projection } = config;
  const reward = textReward(name, label, tower, async (text, desk) => {
    const { tokens, end, warning } = await read(text);
    if (warning !== undefined) desk.onCut(warning);
    const trace = () => ({ features: clipTextFeatures(config, scope) });
    const program = await desk.program(`rewards/${name} text`, trace, [scope]);
    program.write('tokens', tokens);
    await program.runAndWait();
    const features = await program.read('features');
    return features.slice(end * projection, (end + 1) * projection).map((v) => v * scale);
  });
  return { ...reward, hasTextTower: true };
}
