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
  /** Times as many updates as the budget's, for what the base is slow to draw. */
  longer?: number;
  /** A step at which a preset of the page stops although it is no best step: evaluated too. */
  shown?: number;
}

export const WANTED = {
  '3d': { id: '3d', positive: PRESET.reward.positive, negative: PRESET.reward.negative },
  pixel: {
    id: 'pixel',
    positive: ['pixel art', '8-bit pixel art'],
    negative: ['black and white icon', 'flat design', 'vintage sepia photo'],
  },
  mono: {
    id: 'mono',
    positive: ['black and white icon', 'silhouette icon'],
    negative: ['glossy 3d render', 'neon sign', 'vintage sepia photo'],
    shown: 16,
  },
  neon: {
    id: 'neon',
    positive: ['neon sign', 'glowing neon'],
    negative: ['black and white icon', 'flat design', 'vintage sepia photo'],
  },
  sticker: {
    id: 'sticker',
    positive: ['sticker', 'glossy sticker'],
    negative: ['black and white icon', 'vintage sepia photo', 'neon sign'],
  },
  sketch: {
    id: 'sketch',
    positive: ['pencil sketch', 'pencil drawing'],
    negative: ['black and white icon', 'flat design', 'glossy 3d render'],
    longer: 5 / 3,
  },
  /** Words that the reward hardly tells from the base's own style: what goes wrong with them is the lesson. */
  cartoon: {
    id: 'cartoon',
    positive: ['cartoon', 'cartoon emoji'],
    negative: ['black and white icon', 'vintage sepia photo', 'neon sign'],
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
  cell('srpo', 'clip', WANTED.pixel),
  cell('srpo', 'clip', WANTED.mono),
  cell('srpo', 'clip', WANTED.neon),
  cell('srpo', 'preference'),
  cell('refl', 'preference', WANTED['3d'], 'prompt'),
  cell('srpo', 'clip', WANTED.sketch),
  cell('srpo', 'clip', WANTED.sticker),
  cell('srpo', 'clip', WANTED.cartoon),
  cell('draft-1', 'preference', WANTED['3d'], 'prompt'),
  cell('refl'),
  cell('draft-1'),
  cell('srpo-offline'),
  cell('direct-align'),
  cell('flowbp'),
  cell('draft-lv'),
  cell('nft'),
  cell('draft-2'),
  cell('grpo'),
];

/** Updates of a cell. */
export const updatesOf = ({ wanted }: Cell, { updates, every }: Budget): number =>
  Math.round((updates * (wanted.longer ?? 1)) / every) * every;

/** What a variant's learning rate is searched with, whichever of its cells are run. */
export const sweepCellOf = (variant: Variant): Cell => cell(variant.id);

/** The cells of `--quick`: one with branches and one with groups. */
export const QUICK_CELLS: readonly Cell[] = [cell('srpo'), cell('nft')];

/** Pictures of the wanted style that training from pictures uses; where the sample set is. */
export const SAMPLE_PICTURES = 'public/pictures/3d-render';

/** What a cell's run takes from its budget, or from the sweep that the budget allows. */
export interface Extent {
  learningRate: number;
  updates: number;
  every: number;
}

/** The run of a cell, or of a step of its sweep. */
export function runOf(
  { variant, wanted, reward, form }: Cell,
  budget: Budget,
  words: DealtWords,
  { learningRate, updates, every }: Extent,
): RunFile {
  return parseRunFile(
    {
      version: 1,
      bundle: PRESET.bundle,
      method: variant.method,
      options: variant.options ?? {},
      seed: PRESET.seed,
      steps: updates,
      batch: budget.batch,
      prompts: words.training,
      images: variant.offline ? SAMPLE_PICTURES : null,
      lora: PRESET.lora,
      optimizer: { ...PRESET.optimizer, learningRate },
      rollout: { steps: budget.rolloutSteps, guidance: PRESET.rollout.guidance },
      timesteps: PRESET.timesteps,
      reward: { model: reward, form, positive: wanted.positive, negative: wanted.negative },
      samples: { every, prompts: words.samples, seed: PRESET.samples.seed },
      keepEvery: every,
    },
    'the cell’s run file',
  );
}
