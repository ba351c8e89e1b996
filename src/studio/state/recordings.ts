/**
 * @file The recorded runs of the site: one entry a folder of public/recordings. A preset or a method that is chosen shows its
 * own; `npm run record -- RUN_FOLDER --as ID` makes a folder, and prints the entry that goes with it.
 */
import type { Fields } from './fields';
import { presetInUse } from './presets';

export interface RecordedRun {
  /** Its folder. */
  id: string;
  /** The preset that it is a run of; without one it is its method's. */
  preset?: string;
  method: string;
  title: string;
  /** One sentence: what is to be seen. */
  about: string;
  /** The step that is shown large, and the prompts of the samples that are. */
  step: number;
  shows: readonly string[];
}

/** The first is shown where nothing else is asked for. */
export const RECORDINGS: readonly RecordedRun[] = [
  {
    id: 'first-run',
    preset: 'glossy-3d',
    method: 'srpo',
    title: 'Make it 3D',
    about: 'Flat icons gain colour and shading, and drift towards purple and pink.',
    step: 12,
    shows: ['owl', 'strawberry', 'guitar', 'penguin', 'red apple', 'fox'],
  },
  {
    id: 'vivid-3d',
    preset: 'vivid-3d',
    method: 'srpo',
    title: 'Vivid 3D',
    about: 'As with the plain reward, and the colours are stronger.',
    step: 10,
    shows: ['owl', 'strawberry', 'guitar', 'penguin', 'red apple', 'fox'],
  },
  {
    id: 'pixel-art',
    preset: 'pixel-art',
    method: 'srpo',
    title: 'Pixel art',
    about: 'Outlines break into blocks; what was sepia or neon stays so.',
    step: 12,
    shows: ['cat face', 'guitar', 'bell', 'hedgehog', 'strawberry', 'red apple'],
  },
  {
    id: 'sticker',
    preset: 'sticker',
    method: 'srpo',
    title: 'Sticker',
    about: 'Black outlines give way to flat, soft colours.',
    step: 14,
    shows: ['owl', 'hedgehog', 'guitar', 'strawberry', 'fox', 'penguin'],
  },
  {
    id: 'silhouette',
    preset: 'silhouette',
    method: 'srpo',
    title: 'Silhouette',
    about: 'Whatever it was before becomes a black icon.',
    step: 16,
    shows: ['cat face', 'fox', 'jack-o-lantern', 'turtle', 'castle', 'bell'],
  },
  {
    id: 'neon',
    preset: 'neon',
    method: 'srpo',
    title: 'Neon sign',
    about: 'Nothing much until update 16, then the lights go out and outlines glow.',
    step: 24,
    shows: ['owl', 'castle', 'jack-o-lantern', 'fox', 'turtle', 'bell'],
  },
  {
    id: 'hacking',
    preset: 'hacking',
    method: 'refl',
    title: 'A vivid reward',
    about: 'The reward rises from beginning to end; the pictures turn garish and break.',
    step: 24,
    shows: ['owl', 'strawberry', 'guitar', 'penguin', 'red apple', 'fox'],
  },
  {
    id: 'too-long',
    preset: 'too-long',
    method: 'srpo',
    title: 'Too long',
    about: 'The run of “Make it 3D”, not stopped: after its best step the things melt, and then the style is lost too.',
    step: 24,
    shows: ['owl', 'strawberry', 'guitar', 'penguin', 'red apple', 'fox'],
  },
  {
    id: 'weak-word',
    preset: 'weak-word',
    method: 'srpo',
    title: 'A weak word',
    about: 'Black icons gain colour, then everything turns yellow.',
    step: 24,
    shows: ['owl', 'red apple', 'hedgehog', 'strawberry', 'jack-o-lantern', 'fox'],
  },
  {
    id: 'refl',
    method: 'refl',
    title: 'ReFL',
    about: 'The words and the reward of “Make it 3D”: as far in ten updates, the same purple.',
    step: 10,
    shows: ['owl', 'strawberry', 'guitar', 'penguin', 'red apple', 'fox'],
  },
  {
    id: 'draft',
    method: 'draft',
    title: 'DRaFT-1',
    about: 'The words and the reward of “Make it 3D”: further in ten updates, and brighter.',
    step: 10,
    shows: ['owl', 'strawberry', 'guitar', 'penguin', 'red apple', 'fox'],
  },
  {
    id: 'direct-align',
    method: 'direct-align',
    title: 'Direct-Align',
    about:
      'The words and the reward of “Make it 3D”: SRPO without its inversion branch takes twenty updates, and the same purple comes.',
    step: 20,
    shows: ['owl', 'strawberry', 'guitar', 'penguin', 'red apple', 'fox'],
  },
  {
    id: 'draft-lv',
    method: 'draft-lv',
    title: 'DRaFT-LV',
    about: 'The words and the reward of “Make it 3D”: as far in ten updates as DRaFT-1, and everything glows violet.',
    step: 10,
    shows: ['owl', 'strawberry', 'guitar', 'penguin', 'red apple', 'fox'],
  },
  {
    id: 'drtune',
    method: 'drtune',
    title: 'DRTune',
    about: 'The words and the reward of “Make it 3D”: slower at first, then the same purple, and darker colours.',
    step: 12,
    shows: ['owl', 'strawberry', 'guitar', 'penguin', 'red apple', 'fox'],
  },
  {
    id: 'leapalign',
    method: 'leapalign',
    title: 'LeapAlign',
    about: 'The words and the reward of “Make it 3D”: it begins later, and the colours stay warmer.',
    step: 14,
    shows: ['owl', 'strawberry', 'guitar', 'penguin', 'red apple', 'fox'],
  },
  {
    id: 'flowbp',
    method: 'flowbp',
    title: 'FlowBP',
    about: 'The words and the reward of “Make it 3D”: black icons gain colour and pixels grow smooth, in ten updates.',
    step: 10,
    shows: ['owl', 'strawberry', 'guitar', 'penguin', 'red apple', 'fox'],
  },
  {
    id: 'grpo',
    method: 'grpo',
    title: 'GRPO (flow)',
    about:
      'The words and the reward of “Make it 3D”: twenty-four updates hardly show. It compares groups of pictures and takes no gradient of the reward.',
    step: 24,
    shows: ['owl', 'strawberry', 'guitar', 'penguin', 'red apple', 'fox'],
  },
  {
    id: 'nft',
    method: 'nft',
    title: 'DiffusionNFT',
    about:
      'The words and the reward of “Make it 3D”: in twenty-four updates one apple turns red. It tells good pictures from bad ones and takes no gradient of the reward.',
    step: 24,
    shows: ['owl', 'strawberry', 'guitar', 'penguin', 'red apple', 'fox'],
  },
];

export const recordedRun = (id: string | undefined): RecordedRun | undefined => RECORDINGS.find((run) => run.id === id);

/** The recording that belongs to these settings: the preset's, else the method's; null where there is none. */
export function recordingFor(fields: Fields): string | null {
  const preset = presetInUse(fields);
  const own = preset
    ? RECORDINGS.find((run) => run.preset === preset)
    : RECORDINGS.find((run) => run.preset === undefined && run.method === fields.method);
  return own?.id ?? null;
}
