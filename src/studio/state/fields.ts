/**
 * @file The studio's declared state: one row for everything a permalink, a preset or a setting can change.
 *
 * A row says what the value is called, what it is by default, how it is written into a link and, where it belongs to
 * the run file, at which path and how "All settings" shows it. Permalinks, presets, defaults and the settings form are
 * all read off this table.
 */
import { PRESET } from '../../align/preset';
import { type Codec, choice, flag, lines, optionalWhole, pair, real, rewardMix, text, whole } from './codecs';

export const PLACES = ['align', 'compare', 'library', 'learn'] as const;
export type Place = (typeof PLACES)[number];
export const THEMES = ['system', 'light', 'dark'] as const;
export type Theme = (typeof THEMES)[number];
export type Method = 'srpo' | 'direct-align';

export interface Fields {
  place: Place;
  bundle: string;
  method: Method;
  seed: number;
  steps: number;
  batch: number;
  prompts: string[];
  positive: string[];
  negative: string[];
  reward: string | Record<string, number>;
  rank: number;
  alpha: number;
  targets: string[];
  learningRate: number;
  weightDecay: number;
  clipNorm: number;
  rolloutSteps: number;
  guidance: number;
  sigmaMin: number;
  sigmaMax: number;
  sigmaCount: number;
  sigmaStep: number;
  kappaDenoise: [number, number];
  kappaInversion: [number, number];
  margin: number;
  sampleEvery: number;
  samplePrompts: string[];
  sampleSeed: number;
  keepEvery: number;
  /** Training step the page looks at; null follows the newest. */
  cursorStep: number | null;
  /** Column of the timeline that is enlarged, 0 = most noise. */
  cursorColumn: number;
  /** What the timeline shows: empty = the current training picture, otherwise this prompt. */
  timelinePrompt: string;
  timelineSeed: number;
  compareA: string;
  compareB: string;
  comparePrompts: string[];
  compareSeed: number;
  compareCount: number;
  compareSteps: number;
  strength: number;
  lesson: number;
  theme: Theme;
  logScale: boolean;
  slow: boolean;
  letterKeys: boolean;
}

export interface Field<T> {
  default: T;
  codec: Codec<T>;
  /** Name in a permalink; absent where a link must not carry it. */
  link?: string;
  /** Path in the run file. */
  run?: string;
  /** Row of "All settings". */
  setting?: { group: string; label: string; help: string };
}

const s = (group: string, label: string, help: string) => ({ group, label, help });

export const FIELDS: { [K in keyof Fields]: Field<Fields[K]> } = {
  place: { default: 'align', codec: choice(PLACES) },
  bundle: { default: 'mini-flux', codec: text, link: 'bundle', run: 'bundle' },
  method: {
    default: 'srpo',
    codec: choice(['srpo', 'direct-align'] as const),
    link: 'method',
    run: 'method',
  },
  seed: {
    default: PRESET.seed,
    codec: whole,
    link: 'seed',
    run: 'seed',
    setting: s('Run', 'Seed', 'Fixes all randomness of the run.'),
  },
  steps: { default: PRESET.steps, codec: whole, link: 'steps', run: 'steps' },
  batch: {
    default: PRESET.batch,
    codec: whole,
    link: 'batch',
    run: 'batch',
    setting: s('Run', 'Pictures a step', 'Prompts used in one update. More is steadier and slower.'),
  },
  prompts: { default: PRESET.prompts, codec: lines, link: 'prompts', run: 'prompts' },
  positive: { default: PRESET.reward.positive, codec: lines, link: 'more', run: 'reward.positive' },
  negative: { default: PRESET.reward.negative, codec: lines, link: 'less', run: 'reward.negative' },
  reward: { default: PRESET.reward.model, codec: rewardMix, link: 'reward', run: 'reward.model' },
  rank: {
    default: PRESET.lora.rank,
    codec: whole,
    link: 'rank',
    run: 'lora.rank',
    setting: s('LoRA', 'Rank', 'Size of the LoRA.'),
  },
  alpha: {
    default: PRESET.lora.alpha,
    codec: real,
    link: 'alpha',
    run: 'lora.alpha',
    setting: s('LoRA', 'Alpha', 'Scale of the LoRA is alpha / rank.'),
  },
  targets: {
    default: PRESET.lora.targets,
    codec: lines,
    link: 'targets',
    run: 'lora.targets',
    setting: s('LoRA', 'Targets', 'Linears whose diffusers name ends so, one a line.'),
  },
  learningRate: {
    default: PRESET.optimizer.learningRate,
    codec: real,
    link: 'lr',
    run: 'optimizer.learningRate',
    setting: s('Optimizer (AdamW)', 'Learning rate', 'Halve it when pictures drift or blur.'),
  },
  weightDecay: {
    default: PRESET.optimizer.weightDecay,
    codec: real,
    link: 'decay',
    run: 'optimizer.weightDecay',
    setting: s('Optimizer (AdamW)', 'Weight decay', 'Pull of the LoRA towards zero.'),
  },
  clipNorm: {
    default: PRESET.optimizer.clipNorm,
    codec: real,
    link: 'clip',
    run: 'optimizer.clipNorm',
    setting: s('Optimizer (AdamW)', 'Clip gradient norm at', 'Longest gradient an update may use.'),
  },
  rolloutSteps: {
    default: PRESET.rollout.steps,
    codec: whole,
    link: 'rollout',
    run: 'rollout.steps',
    setting: s('Rollout', 'Sampler steps', 'Euler steps from noise to the clean picture.'),
  },
  guidance: {
    default: PRESET.rollout.guidance,
    codec: real,
    link: 'guidance',
    run: 'rollout.guidance',
    setting: s('Rollout', 'Guidance', 'How literally the prompt is followed.'),
  },
  sigmaMin: {
    default: PRESET.timesteps.sigmaMin,
    codec: real,
    link: 'smin',
    run: 'timesteps.sigmaMin',
    setting: s('Noise levels', 'Trained from σ', 'Least noise that is trained.'),
  },
  sigmaMax: {
    default: PRESET.timesteps.sigmaMax,
    codec: real,
    link: 'smax',
    run: 'timesteps.sigmaMax',
    setting: s('Noise levels', 'Trained to σ', 'Most noise that is trained.'),
  },
  sigmaCount: {
    default: PRESET.timesteps.count,
    codec: whole,
    link: 'levels',
    run: 'timesteps.count',
    setting: s('Noise levels', 'Levels between them', 'Length of the table of noise levels.'),
  },
  sigmaStep: {
    default: PRESET.timesteps.step,
    codec: whole,
    link: 'jump',
    run: 'timesteps.step',
    setting: s('Noise levels', 'Levels a recovery crosses', 'Distance between injection and recovery.'),
  },
  kappaDenoise: {
    default: PRESET.reward.kappaDenoise,
    codec: pair,
    link: 'kd',
    run: 'reward.kappaDenoise',
    setting: s('Reward', 'κ, denoise branch', 'Extra weight of “more of”, from least to most noise.'),
  },
  kappaInversion: {
    default: PRESET.reward.kappaInversion,
    codec: pair,
    link: 'ki',
    run: 'reward.kappaInversion',
    setting: s('Reward', 'κ, inversion branch', 'Extra weight of “less of”, from least to most noise.'),
  },
  margin: {
    default: PRESET.reward.margin,
    codec: real,
    link: 'margin',
    run: 'reward.margin',
    setting: s('Reward', 'Margin', 'The loss is zero where the reward exceeds it.'),
  },
  sampleEvery: {
    default: PRESET.samples.every,
    codec: whole,
    link: 'every',
    run: 'samples.every',
    setting: s('Samples', 'Draw every', 'Updates between two rows of samples.'),
  },
  samplePrompts: {
    default: [],
    codec: lines,
    link: 'sprompts',
    run: 'samples.prompts',
    setting: s('Samples', 'Prompts', 'One a line; empty: the prompts of the run.'),
  },
  sampleSeed: {
    default: PRESET.samples.seed,
    codec: whole,
    link: 'sseed',
    run: 'samples.seed',
    setting: s('Samples', 'Seed', 'The same for every row, so that rows compare.'),
  },
  keepEvery: {
    default: PRESET.keepEvery,
    codec: whole,
    link: 'keep',
    run: 'keepEvery',
    setting: s('Samples', 'Keep a LoRA every', 'The best LoRA is often not the last.'),
  },
  cursorStep: { default: null, codec: optionalWhole, link: 'at' },
  cursorColumn: { default: 3, codec: whole, link: 'sigma' },
  timelinePrompt: { default: '', codec: text, link: 'show' },
  timelineSeed: { default: 1, codec: whole, link: 'showseed' },
  compareA: { default: 'base', codec: text },
  compareB: { default: 'current', codec: text },
  comparePrompts: { default: [], codec: lines, link: 'cprompts' },
  compareSeed: { default: 1, codec: whole, link: 'cseed' },
  compareCount: { default: 2, codec: whole, link: 'ccount' },
  compareSteps: { default: 12, codec: whole, link: 'csteps' },
  strength: { default: 1, codec: real, link: 'strength' },
  lesson: { default: 0, codec: whole, link: 'lesson' },
  theme: { default: 'system', codec: choice(THEMES) },
  logScale: { default: false, codec: flag, link: 'log' },
  slow: { default: false, codec: flag, link: 'slow' },
  letterKeys: { default: true, codec: flag },
};

export const FIELD_NAMES = Object.keys(FIELDS) as (keyof Fields)[];

/** Every value at its default, in fresh arrays. */
export function defaultFields(): Fields {
  const fields = {} as Record<string, unknown>;
  for (const name of FIELD_NAMES) fields[name] = structuredClone(FIELDS[name].default);
  return fields as unknown as Fields;
}
