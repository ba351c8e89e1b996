/** @file Ready-made settings: each changes a few fields and leaves the others at their defaults. */
import { defaultFields, type Fields } from './fields';

/** A measured number before training and at the step that is shown. */
export type BeforeAfter = readonly [before: number, after: number];

/** What the judge, which never trains, says of the pictures of 24 words that the run did not train on, two each. */
export interface Proof {
  /** Cell of docs/RESULTS.md whose run it is. */
  cell: string;
  step: number;
  /** What the judge calls the wanted style. */
  style: string;
  /** Part of the pictures that are judged to be of the style, 0 … 1. */
  wanted: BeforeAfter;
  /** Part of the things that are named right. */
  named: BeforeAfter;
  /** 1 is undamaged. */
  quality: BeforeAfter;
}

export interface Preset {
  id: string;
  label: string;
  about: string;
  /** Shows what goes wrong: set apart. */
  isWarning?: true;
  proof: Proof;
  fields: Partial<Fields>;
}

/** All of them are cells of the comparison; `steps` is the best step there, or where it shows what the preset is about. */
export const PRESETS: readonly Preset[] = [
  {
    id: 'glossy-3d',
    label: 'Make it 3D',
    about: 'Smooth shading and depth. Stops at 12 updates: at 14 a third of the things is lost.',
    proof: {
      cell: 'srpo.clip.3d',
      step: 12,
      style: '3D',
      wanted: [0.02, 0.75],
      named: [0.96, 0.83],
      quality: [0.83, 0.79],
    },
    fields: {},
  },
  {
    id: 'vivid-3d',
    label: 'Vivid 3D',
    about:
      'The same words with a reward that likes vivid colour. Stops at 10 updates: at 14 half of the things is lost.',
    proof: {
      cell: 'srpo.preference.3d',
      step: 10,
      style: '3D',
      wanted: [0.02, 0.5],
      named: [0.96, 0.88],
      quality: [0.83, 0.75],
    },
    fields: { reward: 'preference', steps: 10 },
  },
  {
    id: 'pixel-art',
    label: 'Pixel art',
    about: 'The same things in blocks. Stops at 12 updates: the blocks grow on, and from 16 on things are lost.',
    proof: {
      cell: 'srpo.clip.pixel',
      step: 12,
      style: 'pixel art',
      wanted: [0.06, 0.44],
      named: [0.96, 0.92],
      quality: [0.83, 0.87],
    },
    fields: {
      positive: ['pixel art', '8-bit pixel art'],
      negative: ['black and white icon', 'flat design', 'vintage sepia photo'],
    },
  },
  {
    id: 'sticker',
    label: 'Sticker',
    about: 'Flat shapes with soft colours, the outlines gone. Stops at 14 updates: at 16 hardly a thing is recognised.',
    proof: {
      cell: 'srpo.clip.sticker',
      step: 14,
      style: 'sticker',
      wanted: [0.06, 0.42],
      named: [0.96, 0.88],
      quality: [0.83, 0.83],
    },
    fields: {
      positive: ['sticker', 'glossy sticker'],
      negative: ['black and white icon', 'vintage sepia photo', 'neon sign'],
      steps: 14,
    },
  },
  {
    id: 'silhouette',
    label: 'Silhouette',
    about: 'Black and white icons in 16 updates. In black alone the judge no longer names four things in ten.',
    proof: {
      cell: 'srpo.clip.mono',
      step: 16,
      style: 'black and white',
      wanted: [0.06, 0.98],
      named: [0.96, 0.56],
      quality: [0.83, 0.8],
    },
    fields: {
      positive: ['black and white icon', 'silhouette icon'],
      negative: ['glossy 3d render', 'neon sign', 'vintage sepia photo'],
      steps: 16,
    },
  },
  {
    id: 'neon',
    label: 'Neon sign',
    about:
      'Glowing outlines in the dark, after 24 updates all at once. The judge no longer names six things in ten, so nothing stops this run.',
    proof: {
      cell: 'srpo.clip.neon',
      step: 24,
      style: 'neon',
      wanted: [0, 1],
      named: [0.96, 0.42],
      quality: [0.83, 0.68],
    },
    fields: {
      positive: ['neon sign', 'glowing neon'],
      negative: ['black and white icon', 'flat design', 'vintage sepia photo'],
      steps: 24,
      stop: null,
    },
  },
  {
    id: 'hacking',
    label: 'A vivid reward',
    isWarning: true,
    about:
      'ReFL follows a reward that likes vivid colour: saturation doubles and the pictures break while that reward rises on.',
    proof: {
      cell: 'refl.preference.3d.prompt',
      step: 24,
      style: '3D',
      wanted: [0.02, 0.63],
      named: [0.96, 0.83],
      quality: [0.83, 0.31],
    },
    fields: { method: 'refl', reward: 'preference', rewardForm: 'prompt', steps: 24, stop: null },
  },
  {
    id: 'too-long',
    label: 'Too long',
    isWarning: true,
    about:
      '“Make it 3D” for twice as many updates as are good, with nothing to stop it: the reward rises on, the things melt.',
    proof: {
      cell: 'srpo.clip.3d',
      step: 24,
      style: '3D',
      wanted: [0.02, 0.54],
      named: [0.96, 0.08],
      quality: [0.83, 0.37],
    },
    fields: { steps: 24, stop: null },
  },
  {
    id: 'weak-word',
    label: 'A weak word',
    isWarning: true,
    about:
      'Towards “cartoon”, which this reward hardly tells from what the base draws anyway. In 24 updates everything turns yellow: a colour is found, not a style.',
    proof: {
      cell: 'srpo.clip.cartoon',
      step: 24,
      style: 'cartoon',
      wanted: [0.25, 0.44],
      named: [0.96, 0.81],
      quality: [0.83, 0.83],
    },
    fields: {
      positive: ['cartoon', 'cartoon emoji'],
      negative: ['black and white icon', 'vintage sepia photo', 'neon sign'],
      steps: 24,
      stop: null,
    },
  },
];

/** The fields that every preset resets, so that one preset never leaks into the next. */
export const PRESET_FIELDS: (keyof Fields)[] = [
  'positive',
  'negative',
  'method',
  'options',
  'rewardForm',
  'reward',
  'sigmaMin',
  'sigmaMax',
  'learningRate',
  'steps',
  'stop',
];

/** The preset whose values are in use, however many updates are asked for; null where there is none. */
export function presetInUse(fields: Fields): string | null {
  const defaults = defaultFields();
  const same = (preset: Preset) =>
    PRESET_FIELDS.every(
      (name) =>
        name === 'steps' || JSON.stringify(fields[name]) === JSON.stringify({ ...defaults, ...preset.fields }[name]),
    );
  return PRESETS.find(same)?.id ?? null;
}

/** The updates that a preset asks for. */
export const presetSteps = ({ fields }: Preset): number => fields.steps ?? defaultFields().steps;
