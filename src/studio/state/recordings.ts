/**
 * @file The recorded runs of the site: one entry a folder of public/recordings. A preset or a method that is chosen shows its
 * own; `npm run record -- RUN_FOLDER --as ID` makes a folder, and prints the entry that goes with it.
 */
import type { Fields } from './fields';
import { presetInUse } from './presets';

/** A measured number before training and at the step that is shown. */
type BeforeAfter = readonly [before: number, after: number];

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
  /** What the judge, which never trains, says of more pictures than these; else it is read off the recording itself. */
  measured?: {
    style: string;
    /** Part of the pictures that are judged to be of the style, 0 … 1. */
    wanted: BeforeAfter;
    /** Part of the things that are named right. */
    named: BeforeAfter;
    /** Of which pictures. */
    pictures: string;
  };
}

/** The first is shown where nothing else is asked for. */
export const RECORDINGS: readonly RecordedRun[] = [
  {
    id: 'first-run',
    preset: 'glossy-3d',
    method: 'srpo',
    title: 'Make it 3D',
    about: 'Flat icons gain colour and shading, and drift towards purple and pink.',
    step: 20,
    shows: ['owl', 'strawberry', 'guitar', 'penguin', 'red apple', 'fox'],
    measured: {
      style: '3D',
      wanted: [0.02, 0.77],
      named: [0.96, 0.81],
      pictures: '48 other pictures',
    },
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
