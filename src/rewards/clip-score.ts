/** @file Reward `CLIP score`: the cosine of a whole CLIP model, as HPSv2.1 is scored too. */
import { openClipModel, scoreOf } from './clip-model';
import type { RewardKind } from './reward';

export const clipScore: RewardKind = {
  label: 'text and picture',
  recognises: async (folder) => (await scoreOf(folder)) === 'cosine',
  open: (folder) => openClipModel(folder, clipScore.label),
};
