/** @file Ready-made settings: each changes a few fields and leaves the others at their defaults. */
import { defaultFields, type Fields } from './fields';

export interface Preset {
  id: string;
  label: string;
  about: string;
  fields: Partial<Fields>;
}

export const PRESETS: Preset[] = [
  {
    id: 'silhouette',
    label: 'Silhouette icons',
    about: 'Plain prompts become black and white icons.',
    fields: {},
  },
  {
    id: 'glossy-3d',
    label: 'Make it 3D',
    about: 'Smooth, glossy shading. Stop early: past 24 updates the colours drift towards purple.',
    fields: {
      positive: ['3d render', 'glossy 3d render'],
      negative: ['pencil sketch', 'flat design', 'black and white icon'],
    },
  },
  {
    id: 'pixel-art',
    label: 'Pixel art',
    about: 'The same things, drawn in pixels.',
    fields: { positive: ['pixel art', '8-bit pixel art'], negative: ['glossy 3d render', 'pencil sketch'] },
  },
  {
    id: 'pencil',
    label: 'Pencil sketch',
    about: 'Less colour, more line.',
    fields: { positive: ['pencil sketch', 'pencil drawing'], negative: ['glossy 3d render', 'sticker'] },
  },
  {
    id: 'hacking',
    label: 'Reward hacking',
    about: 'One branch alone, low noise, a reward that likes vivid colour: saturation climbs.',
    fields: { method: 'direct-align', reward: 'preference', sigmaMin: 0.2, sigmaMax: 0.6 },
  },
];

/** The fields that every preset resets, so that one preset never leaks into the next. */
export const PRESET_FIELDS: (keyof Fields)[] = [
  'positive',
  'negative',
  'method',
  'reward',
  'sigmaMin',
  'sigmaMax',
  'learningRate',
];

/** The preset whose values are all in use, or null. */
export function presetInUse(fields: Fields): string | null {
  const defaults = defaultFields();
  const same = (preset: Preset) =>
    PRESET_FIELDS.every(
      (name) => JSON.stringify(fields[name]) === JSON.stringify(preset.fields[name] ?? defaults[name]),
    );
  return PRESETS.find(same)?.id ?? null;
}
