/** @file Reward `PickScore`: a CLIP model's cosine times exp(logit_scale) / 20, as SRPO trains on it. */
import { openClipModel, scoreOf } from './clip-model';
import type { RewardKind } from './reward';

/** exp(logit_scale) is about 100. */
const LOGITS = 20;

export const pickScore: RewardKind = {
  label: 'text and picture, PickScore',
  recognises: async (folder) => (await scoreOf(folder)) === 'pickscore',
  open: (folder) => openClipModel(folder, pickScore.label, (logitScale) => Math.exp(logitScale) / LOGITS),
};
