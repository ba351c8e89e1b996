/**
 * @file The cells of the comparison: a method, a reward and what is wanted. All use one LoRA shape, one number of pictures
 * and the learning rate that a sweep found for the method.
 */
import { PRESET } from '../align/preset';
import type { RewardForm, RunFile } from '../formats/run-file';
import { parseRunFile } from '../methods/run-file';
import type { Budget } from './budget';
import type { DealtWords } from './words';

/** A method as it is compared: DRaFT with one step and with two are two. */
export interface Variant {
  id: string;
  label: string;
  method: string;
  options?: Record<string, unknown>;
  /** x0 comes from pictures instead of a rollout. */
  offline?: boolean;
}

export const VARIANTS: readonly Variant[] = [
  { id: 'srpo', label: 'SRPO', method: 'srpo' },
  { id: 'direct-align', label: 'Direct-Align (SRPO without inversion)', method: 'direct-align' },
  { id: 'srpo-offline', label: 'SRPO from pictures', method: 'srpo', offline: true },
  { id: 'refl', label: 'ReFL', method: 'refl' },
  { id: 'draft-1', label: 'DRaFT-1', method: 'draft', options: { k: 1 } },
  { id: 'draft-2', label: 'DRaFT-2', method: 'draft', options: { k: 2 } },
  { id: 'draft-lv', label: 'DRaFT-LV', method: 'draft-lv' },
  { id: 'flowbp', label: 'FlowBP', method: 'flowbp' },
  { id: 'grpo', label: 'GRPO (flow)', method: 'grpo', options: { group: 4 } },
  { id: 'nft', label: 'DiffusionNFT', method: 'nft', options: { group: 4 } },
];

export interface Wanted {
  id: string;
  positive: string[];
  negative: string[];
}

/** Words as in docs/PRESETS.md. */
export const WANTED = {
  '3d': { id: '3d', positive: PRESET.reward.positive, negative: PRESET.reward.negative },
  sketch: {
    id: 'sketch',
    positive: ['pencil sketch', 'pencil drawing'],
    negative: ['black and white icon', 'flat design', 'glossy 3d render'],
  },
  pixel: {
    id: 'pixel',
    positive: ['pixel art', '8-bit pixel art'],
    negative: ['black and white icon', 'flat design', 'vintage sepia photo'],
  },
} satisfies Record<string, Wanted>;

export interface Cell {
  id: string;
  variant: Variant;
  wanted: Wanted;
  reward: string;
  form: RewardForm;
}

const cell = (
  variant: string,
  reward = 'clip',
  wanted: Wanted = WANTED['3d'],
  form: RewardForm = 'relative',
): Cell => ({
  id: [variant, reward, wanted.id, ...(form === 'relative' ? [] : [form])].join('.'),
  variant: VARIANTS.find(({ id }) => id === variant)!,
  wanted,
  reward,
  form,
});

/** In the order in which they run: what the claims need most, first. */
export const CELLS: readonly Cell[] = [
  cell('srpo'),
  cell('srpo', 'clip', WANTED.sketch),
  cell('srpo', 'clip', WANTED.pixel),
  cell('refl'),
  cell('draft-1'),
  cell('srpo', 'preference'),
  cell('refl', 'preference', WANTED['3d'], 'prompt'),
  cell('draft-1', 'preference', WANTED['3d'], 'prompt'),
  cell('direct-align'),
  cell('flowbp'),
  cell('draft-lv'),
  cell('draft-2'),
  cell('nft'),
  cell('grpo'),
  cell('srpo-offline'),
];

/** What a variant's learning rate is searched with, whichever of its cells are run. */
export const sweepCellOf = (variant: Variant): Cell => cell(variant.id);

/** The cells of `--quick`: one with branches and one with groups. */
export const QUICK_CELLS: readonly Cell[] = [cell('srpo'), cell('nft')];

/** Pictures of the wanted style that training from pictures uses; where the sample set is. */
export const SAMPLE_PICTURES = 'public/pictures/3d-render';

/** The run of a cell, or of a step of its sweep. */
export function runOf(
  { variant, wanted, reward, form }: Cell,
  budget: Budget,
  words: DealtWords,
  { learningRate, updates }: { learningRate: number; updates: number },
): RunFile {
  return parseRunFile(
    {
      version: 1,
      bundle: PRESET.bundle,
      method: variant.method,
      options: variant.options ?? {},
      seed: 7,
      steps: updates,
      batch: budget.batch,
      prompts: words.training,
      images: variant.offline ? SAMPLE_PICTURES : null,
      lora: PRESET.lora,
      optimizer: { ...PRESET.optimizer, learningRate },
      rollout: { steps: budget.rolloutSteps, guidance: PRESET.rollout.guidance },
      timesteps: PRESET.timesteps,
      reward: { model: reward, form, positive: wanted.positive, negative: wanted.negative },
      // What is judged is drawn apart: the run's own grid only shows that it works.
      samples: { every: updates, prompts: words.samples.slice(0, 2), seed: 99 },
      keepEvery: budget.every,
    },
    'the cell’s run file',
  );
}
