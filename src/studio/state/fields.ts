/**
 * @file The studio's declared state: one row for everything that a permalink, a preset, a lesson or a setting can change.
 *
 * A row says what the value is called, what it is by default, how it is written into a link and, where it belongs to
 * the run file, at which path and how "All settings" shows it. Permalinks, presets, lessons, defaults, the settings form
 * and which controls are shown (shown.ts) are all read off this table; the type of the state is too.
 */
import { PRESET } from '../../align/preset';
import { REWARD_FORMS, type RewardForm } from '../../formats/run-file';
import { DATA_SETS, REACH, readSpots } from '../../laboratory/data';
import { LEARNING_RATE } from '../../laboratory/sizes';
import {
  type Codec,
  choice,
  flag,
  folder,
  lines,
  names,
  numbers,
  optionalText,
  optionalWhole,
  optionValues,
  orNothing,
  pair,
  real,
  rewardMix,
  text,
  whole,
  within,
} from './codecs';
import { AXES, MOST_COLUMNS } from './compare-columns';
import { type SideChoice, sideChoices } from './compare-sides';
import { METHOD_IDS } from './methods';

export const PLACES = ['align', 'compare', 'library', 'learn'] as const;
export type Place = (typeof PLACES)[number];
/** What Compare draws, or shows: see `Axis`, or charts of runs. */
export const COMPARE_VIEWS = [...AXES, 'runs'] as const;
export type CompareView = (typeof COMPARE_VIEWS)[number];
export const THEMES = ['system', 'light', 'dark'] as const;
export type Theme = (typeof THEMES)[number];

/** Updates of the laboratory a second, at most. */
export const LAB_SPEEDS = ['slow', 'normal', 'fast'] as const;
export type LabSpeed = (typeof LAB_SPEEDS)[number];

export interface Field<T> {
  default: T;
  codec: Codec<T>;
  /** Name in a permalink; absent where a link must not carry it. */
  link?: string;
  /** The one place whose links carry it; by default every place's do. */
  at?: Place;
  /** Kept in this browser from visit to visit. */
  kept?: true;
  /** Path in the run file. */
  run?: string;
  /** Name of its control outside "All settings". */
  label?: string;
  /** Row of "All settings". */
  setting?: Setting;
}

export interface Setting {
  group: string;
  label: string;
  help: string;
  /** Written one entry a line. */
  lines?: boolean;
}

const SEED = within(whole, 0, 2 ** 32 - 1);

/** A place on the laboratory's plane. */
const place = { ...pair, read: (t: string) => onPlane(pair.read(t)) };
const onPlane = (at: [number, number] | undefined) => (at?.every((v) => Math.abs(v) <= REACH) ? at : undefined);
const optionalPlace: Codec<[number, number] | null> = {
  read: (t) => (t === '' ? null : place.read(t)),
  write: (v) => (v ? place.write(v) : ''),
};
const labData: Codec<string> = {
  read: (t) => (Object.hasOwn(DATA_SETS, t) || readSpots(t) ? t : undefined),
  write: (v) => v,
};

const s = (group: string, label: string, help: string, lines = false): Setting => ({ group, label, help, lines });

/** One row, whose type is that of its codec. */
const field = <T>(row: Field<T>): Field<T> => row;

const ROWS = {
  place: field<Place>({ default: 'align', codec: choice(PLACES) }),
  bundle: field({ default: 'mini-flux', codec: text, link: 'bundle', run: 'bundle' }),
  method: field({ default: PRESET.method, codec: choice(METHOD_IDS), link: 'method', label: 'Method', run: 'method' }),
  /** The chosen method's own options, those that differ from its defaults. */
  options: field<Record<string, unknown>>({
    default: {},
    codec: optionValues,
    link: 'options',
    run: 'options',
    label: 'Options of the method',
  }),
  seed: field({
    default: PRESET.seed,
    codec: whole,
    link: 'seed',
    run: 'seed',
    setting: s('Run', 'Seed', 'Fixes all randomness of the run.'),
  }),
  steps: field({ default: PRESET.steps, codec: whole, link: 'steps', label: 'Training steps', run: 'steps' }),
  batch: field({
    default: PRESET.batch,
    codec: whole,
    link: 'batch',
    run: 'batch',
    setting: s('Run', 'Pictures a step', 'Prompts used in one update. More is steadier and slower.'),
  }),
  prompts: field({ default: PRESET.prompts, codec: lines, link: 'prompts', label: 'Prompts', run: 'prompts' }),
  /** The stored set that is trained from in place of rollouts; read where the method takes pictures. */
  images: field<string | null>({
    default: null,
    codec: optionalText,
    link: 'images',
    run: 'images',
    label: 'Train from',
  }),
  positive: field({
    default: PRESET.reward.positive,
    codec: lines,
    link: 'more',
    label: 'More of',
    run: 'reward.positive',
  }),
  negative: field({
    default: PRESET.reward.negative,
    codec: lines,
    link: 'less',
    label: 'Less of',
    run: 'reward.negative',
  }),
  reward: field<string | Record<string, number>>({
    default: PRESET.reward.model,
    codec: rewardMix,
    link: 'reward',
    run: 'reward.model',
    setting: s('Reward', 'Reward', 'One name, or several with weights: clip:1,preference:0.5'),
  }),
  rewardForm: field<RewardForm>({
    default: PRESET.reward.form,
    codec: choice(REWARD_FORMS),
    link: 'form',
    run: 'reward.form',
    label: 'Reward form',
  }),
  rank: field({
    default: PRESET.lora.rank,
    codec: whole,
    link: 'rank',
    run: 'lora.rank',
    setting: s('LoRA', 'Rank', 'Size of the LoRA.'),
  }),
  alpha: field({
    default: PRESET.lora.alpha,
    codec: real,
    link: 'alpha',
    run: 'lora.alpha',
    setting: s('LoRA', 'Alpha', 'Scale of the LoRA is alpha / rank.'),
  }),
  targets: field({
    default: PRESET.lora.targets,
    codec: lines,
    link: 'targets',
    run: 'lora.targets',
    setting: s('LoRA', 'Targets', 'Linears whose diffusers name ends so, one a line.', true),
  }),
  learningRate: field({
    default: PRESET.optimizer.learningRate,
    codec: real,
    link: 'lr',
    run: 'optimizer.learningRate',
    setting: s('Optimizer (AdamW)', 'Learning rate', 'Halve it when pictures drift or blur.'),
  }),
  weightDecay: field({
    default: PRESET.optimizer.weightDecay,
    codec: real,
    link: 'decay',
    run: 'optimizer.weightDecay',
    setting: s('Optimizer (AdamW)', 'Weight decay', 'Pull of the LoRA towards zero.'),
  }),
  clipNorm: field({
    default: PRESET.optimizer.clipNorm,
    codec: real,
    link: 'clip',
    run: 'optimizer.clipNorm',
    setting: s('Optimizer (AdamW)', 'Clip gradient norm at', 'Longest gradient an update may use.'),
  }),
  rolloutSteps: field({
    default: PRESET.rollout.steps,
    codec: whole,
    link: 'rollout',
    run: 'rollout.steps',
    setting: s('Rollout', 'Sampler steps', 'Euler steps from noise to the clean picture.'),
  }),
  guidance: field({
    default: PRESET.rollout.guidance,
    codec: real,
    link: 'guidance',
    run: 'rollout.guidance',
    setting: s('Rollout', 'Guidance', 'How literally the prompt is followed.'),
  }),
  sigmaMin: field({
    default: PRESET.timesteps.sigmaMin,
    codec: real,
    link: 'smin',
    run: 'timesteps.sigmaMin',
    setting: s('Noise levels', 'Trained from σ', 'Least noise that is trained.'),
  }),
  sigmaMax: field({
    default: PRESET.timesteps.sigmaMax,
    codec: real,
    link: 'smax',
    run: 'timesteps.sigmaMax',
    setting: s('Noise levels', 'Trained to σ', 'Most noise that is trained.'),
  }),
  sigmaCount: field({
    default: PRESET.timesteps.count,
    codec: whole,
    link: 'levels',
    run: 'timesteps.count',
    setting: s('Noise levels', 'Levels between them', 'Length of the table of noise levels.'),
  }),
  sigmaStep: field({
    default: PRESET.timesteps.step,
    codec: whole,
    link: 'jump',
    run: 'timesteps.step',
    setting: s('Noise levels', 'Levels a recovery crosses', 'Distance between injection and recovery.'),
  }),
  kappaDenoise: field({
    default: PRESET.reward.kappaDenoise,
    codec: pair,
    link: 'kd',
    run: 'reward.kappaDenoise',
    setting: s('Reward', 'κ, denoise branch', 'Extra weight of “more of”, from least to most noise.'),
  }),
  kappaInversion: field({
    default: PRESET.reward.kappaInversion,
    codec: pair,
    link: 'ki',
    run: 'reward.kappaInversion',
    setting: s('Reward', 'κ, inversion branch', 'Extra weight of “less of”, from least to most noise.'),
  }),
  margin: field({
    default: PRESET.reward.margin,
    codec: real,
    link: 'margin',
    run: 'reward.margin',
    setting: s('Reward', 'Margin', 'The loss is zero where the reward exceeds it.'),
  }),
  sampleEvery: field({
    default: PRESET.samples.every,
    codec: whole,
    link: 'every',
    run: 'samples.every',
    setting: s('Samples', 'Draw every', 'Updates between two rows of samples.'),
  }),
  samplePrompts: field<string[]>({
    default: [],
    codec: lines,
    link: 'sprompts',
    run: 'samples.prompts',
    setting: s(
      'Samples',
      'Prompts',
      'One a line; empty: those of the run, for the preset’s prompts words that it does not train on.',
      true,
    ),
  }),
  sampleSeed: field({
    default: PRESET.samples.seed,
    codec: whole,
    link: 'sseed',
    run: 'samples.seed',
    setting: s('Samples', 'Seed', 'The same for every row, so that rows compare.'),
  }),
  keepEvery: field({
    default: PRESET.keepEvery,
    codec: whole,
    link: 'keep',
    run: 'keepEvery',
    setting: s('Samples', 'Keep a LoRA every', 'The best LoRA is often not the last.'),
  }),
  stop: field<'hacked' | null>({
    default: PRESET.stop ?? null,
    codec: orNothing(choice(['hacked'])),
    link: 'stop',
    run: 'stop',
    setting: s('Samples', 'Stop when', '“hacked”: after two rows in a row that the judge finds spoiled. Empty: never.'),
  }),
  /** Training step the page looks at; null follows the newest. */
  cursorStep: field<number | null>({ default: null, codec: optionalWhole, link: 'at' }),
  /** Column of the timeline that is enlarged, 0 = most noise. */
  cursorColumn: field({ default: 3, codec: within(whole, 0, 1000), link: 'sigma' }),
  /** What the timeline shows: empty = the current training picture, otherwise this prompt. */
  timelinePrompt: field({ default: '', codec: text, link: 'show' }),
  timelineSeed: field({ default: 1, codec: SEED, link: 'showseed' }),
  compareView: field<CompareView>({ default: 'sides', codec: choice(COMPARE_VIEWS), link: 'cview', at: 'compare' }),
  compareSides: field<SideChoice[]>({
    default: [
      { id: 'base', strength: 1 },
      { id: '', strength: 1 },
    ],
    codec: sideChoices,
  }),
  /** The LoRA drawn at several strengths; '' for the first there is. */
  compareLora: field({ default: '', codec: text }),
  compareStrengths: field({
    default: [0, 0.5, 1, 1.5],
    codec: numbers(-2, 4, MOST_COLUMNS),
    link: 'cstrengths',
    at: 'compare',
  }),
  /** The run drawn at several steps; '' for the first there is. */
  compareRun: field({ default: '', codec: text }),
  /** Those steps; none: some of those that are kept. */
  compareAt: field<number[]>({ default: [], codec: numbers(0, 1e9, MOST_COLUMNS) }),
  /** The runs whose charts lie over each other; none: the first there are. */
  compareRuns: field<string[]>({ default: [], codec: lines }),
  comparePrompts: field<string[]>({ default: [], codec: lines, link: 'cprompts' }),
  compareSeed: field({ default: 1, codec: SEED, link: 'cseed' }),
  compareCount: field({ default: 2, codec: within(whole, 1, 8), link: 'ccount' }),
  compareSteps: field({ default: 12, codec: within(whole, 1, 100), link: 'csteps' }),
  /** The recorded run that is shown where no run of the user's is: a folder of public/recordings. */
  recordingId: field({ default: 'first-run', codec: folder, link: 'recording' }),
  lesson: field({ default: '', codec: text, link: 'lesson', at: 'learn' }),
  /** Its step, from 0. */
  lessonStep: field({ default: 0, codec: within(whole, 0, 1000), link: 'part', at: 'learn' }),
  /** Lessons read to their end. */
  lessonsDone: field<string[]>({ default: [], codec: names, kept: true }),
  /** Whether the laboratory is open in the place of a lesson. */
  lab: field({ default: false, codec: flag, link: 'lab', at: 'learn' }),
  /** A data set's name, or spots drawn by hand. */
  labData: field({ default: 'ring', codec: labData, link: 'labdata', at: 'learn' }),
  labSeed: field({ default: 1, codec: SEED, link: 'labseed', at: 'learn' }),
  labMethod: field({ default: PRESET.method, codec: choice(METHOD_IDS), link: 'labmethod', at: 'learn' }),
  labOptions: field<Record<string, unknown>>({ default: {}, codec: optionValues, link: 'laboptions', at: 'learn' }),
  /** The method beside it; '' for none. */
  labSecond: field({ default: '', codec: choice(['', ...METHOD_IDS]), link: 'labsecond', at: 'learn' }),
  labSecondOptions: field<Record<string, unknown>>({
    default: {},
    codec: optionValues,
    link: 'labsecondoptions',
    at: 'learn',
  }),
  labRate: field({ default: LEARNING_RATE, codec: within(real, 0.0001, 0.1), link: 'labrate', at: 'learn' }),
  labWanted: field<[number, number]>({ default: [1.7, 0], codec: place, link: 'labwanted', at: 'learn' }),
  labUnwanted: field<[number, number] | null>({
    default: [-1.7, 0],
    codec: optionalPlace,
    link: 'labunwanted',
    at: 'learn',
  }),
  /** Noise of the one trajectory. */
  labPoint: field<[number, number]>({ default: [-0.6, 0.9], codec: place, link: 'labpoint', at: 'learn' }),
  labSigma: field({ default: 0, codec: within(real, 0, 1), link: 'labsigma', at: 'learn' }),
  labShows: field<string[]>({
    default: ['data', 'samples', 'way'],
    codec: names,
    link: 'labshows',
    at: 'learn',
  }),
  labSpeed: field<LabSpeed>({ default: 'normal', codec: choice(LAB_SPEEDS), link: 'labspeed', at: 'learn' }),
  /** Whether a person votes on the laboratory's points in place of its hills: methods that need no gradient of the reward. */
  labPerson: field({ default: false, codec: flag, link: 'labperson', at: 'learn' }),
  /** σ_s of the lesson on known noise, and the step k = σ_s − σ_r. */
  noiseSigma: field({ default: 0.9, codec: within(real, 0.05, 0.98), link: 'nsigma', at: 'learn' }),
  noiseStep: field({ default: 0.1, codec: within(real, 0.01, 0.9), link: 'nk', at: 'learn' }),
  /** x0 and ε of it, on the plane. */
  noiseClean: field<[number, number]>({ default: [1.2, 1.2], codec: place, link: 'nx', at: 'learn' }),
  noisePoint: field<[number, number]>({ default: [-1.9, -0.4], codec: place, link: 'ne', at: 'learn' }),
  /** Words that the twelve pictures of a lesson are scored by, their reward, and κ. */
  scoreMore: field<string[]>({ default: ['3d render'], codec: names, link: 'smore', at: 'learn' }),
  scoreLess: field<string[]>({ default: [], codec: names, link: 'sless', at: 'learn' }),
  scoreReward: field({ default: 'clip', codec: choice(['clip', 'preference']), link: 'sreward', at: 'learn' }),
  scoreKappa: field({ default: 0, codec: within(real, 0, 1), link: 'skappa', at: 'learn' }),
  /** How far the four runs of a lesson are, 0 to 6, and whether they are named. */
  runsAt: field({ default: 6, codec: within(whole, 0, 6), link: 'rat', at: 'learn' }),
  runsNamed: field({ default: false, codec: flag, link: 'rnamed', at: 'learn' }),
  theme: field<Theme>({ default: 'system', codec: choice(THEMES), kept: true }),
  logScale: field({ default: false, codec: flag, link: 'log' }),
  slow: field({ default: false, codec: flag, link: 'slow' }),
  /** Controls that a link or a lesson hides, by their names in a link. */
  hidden: field<string[]>({ default: [], codec: names, link: 'hide' }),
  letterKeys: field({ default: true, codec: flag, kept: true }),
  notifyWhenDone: field({ default: false, codec: flag, kept: true }),
};

export type Fields = { [K in keyof typeof ROWS]: (typeof ROWS)[K]['default'] };

export const FIELDS: { [K in keyof Fields]: Field<Fields[K]> } = ROWS;

export const FIELD_NAMES = Object.keys(FIELDS) as (keyof Fields)[];

/** Every value at its default, in fresh arrays. */
export function defaultFields(): Fields {
  const fields = {} as Record<string, unknown>;
  for (const name of FIELD_NAMES) fields[name] = structuredClone(FIELDS[name].default);
  return fields as unknown as Fields;
}

/** What the page calls a field. */
export const labelOfField = (name: keyof Fields): string => FIELDS[name].label ?? FIELDS[name].setting?.label ?? name;
