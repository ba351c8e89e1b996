/** @file Ready-made settings: each changes a few fields and leaves the others at their defaults. */
import { defaultFields, type Fields } from './fields';

export interface Preset {
  id: string;
  label: string;
  about: string;
  /** No style: shown apart. */
  isWarning?: true;
  fields: Partial<Fields>;
}

/** `steps` is where things stop being recognised or little before; the measurements are in docs/PRESETS.md. */
export const PRESETS: Preset[] = [
  {
    id: 'glossy-3d',
    label: 'Make it 3D',
    about: 'Smooth shading. Stops at 20 updates: at 24 four things in ten are no longer recognised.',
    fields: {},
  },
  {
    id: 'silhouette',
    label: 'Silhouette icons',
    about: 'Black and white icons. Stops at 15 updates: at 20 one thing in seven is lost.',
    fields: {
      positive: ['black and white icon', 'silhouette icon'],
      negative: ['glossy 3d render', 'neon sign', 'vintage sepia photo'],
      steps: 15,
    },
  },
  {
    id: 'pixel-art',
    label: 'Pixel art',
    about: 'The same things in pixels. Stops at 15 updates: at 20 one thing in five is lost.',
    fields: {
      positive: ['pixel art', '8-bit pixel art'],
      negative: ['black and white icon', 'flat design', 'vintage sepia photo'],
      steps: 15,
    },
  },
  {
    id: 'neon',
    label: 'Neon sign',
    about: 'Glowing outlines in the dark. Stops at 20 updates, where things begin to be lost.',
    fields: {
      positive: ['neon sign', 'glowing neon'],
      negative: ['black and white icon', 'flat design', 'vintage sepia photo'],
    },
  },
  {
    id: 'pencil',
    label: 'Pencil sketch',
    about: 'Less colour, more line. Needs 30 updates, and may need more: the base hardly sketches unasked.',
    fields: {
      positive: ['pencil sketch', 'pencil drawing'],
      negative: ['black and white icon', 'flat design', 'glossy 3d render'],
      steps: 30,
    },
  },
  {
    id: 'hacking',
    label: 'See a reward being hacked',
    isWarning: true,
    about:
      'No style: one branch, little noise and a reward with a taste for vivid colour ruin the pictures in 30 updates.',
    fields: { method: 'direct-align', reward: 'preference', sigmaMin: 0.2, sigmaMax: 0.6, steps: 30, stop: null },
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
