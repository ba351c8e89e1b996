/**
 * @file One run as the page looks at it, whether it trains now, comes from the Library or was recorded.
 *
 * Frames are kept for a limited number of steps; `frameSteps` lists those that can be shown, `frames` holds the ones whose
 * pictures have been looked at or drawn.
 */
import type { WordChange } from '../../formats/control-words';
import type { JudgedGrid } from '../../formats/judged';
import { stepToDrop } from '../../formats/kept-steps';
import type { RunFile } from '../../formats/run-file';
import type { Metrics, Picture, RunState, Timeline } from '../../worker/protocol';

export interface SampleRow {
  step: number;
  prompts: string[];
  seeds: number[];
  /** null until a recorded sheet is fetched, or all are drawn. */
  pictures: Picture[] | null;
  /** Those of a grid that is being drawn; null for those to come. */
  drawn?: (Picture | null)[];
  /** What the judge says of them; null or absent without a judge. */
  judged?: JudgedGrid | null;
}

export interface RunView {
  source: 'recording' | 'live' | 'stored';
  /** null for a recording. */
  runId: string | null;
  /** Folder of a recording of the site (recordings.ts). */
  recordingId?: string;
  name: string;
  /** Where a recording was made. */
  made?: string;
  run: RunFile;
  state: RunState;
  step: number;
  steps: number;
  secondsPerStep: number;
  memoryBytes: number;
  metrics: Metrics[];
  frameSteps: number[];
  frames: Record<number, Timeline>;
  samples: SampleRow[];
  wordChanges: WordChange[];
  /** Hash of the base it was trained on, where it comes from the Library. */
  baseHash?: string;
  /** Whether another tab had it open when it was opened here. */
  elsewhere?: boolean;
  /** The step that the user chose to export and compare; by default the best, else the last. */
  chosenStep?: number;
}

/** A view of a run that is about to train. */
export function startingView(runId: string, run: RunFile, name: string): RunView {
  return {
    source: 'live',
    runId,
    name,
    run,
    state: 'starting',
    step: 0,
    steps: run.steps,
    secondsPerStep: 0,
    memoryBytes: 0,
    metrics: [],
    frameSteps: [],
    frames: {},
    samples: [],
    wordChanges: [],
  };
}

/** Whether there is anything to look at yet: of a run that has only been started there is not. */
export const hasPictures = ({ source, step, frameSteps, samples }: RunView): boolean =>
  source === 'stored' || step > 0 || frameSteps.length > 0 || samples.length > 0;

/** Adds samples that are drawn, from number `first` on, to their row. */
export function withDrawn(
  view: RunView,
  event: Omit<SampleRow, 'pictures'> & { first: number; pictures: Picture[] },
): RunView {
  const { step, prompts, seeds, first, pictures } = event;
  const before = view.samples.find((row) => row.step === step)?.drawn ?? prompts.map(() => null);
  const drawn = before.map((picture, i) => pictures[i - first] ?? picture);
  return withRow(view, { step, prompts, seeds, pictures: null, drawn });
}

/** Adds a row of samples, in place of what was there of it. */
export const withRow = (view: RunView, row: SampleRow): RunView => ({
  ...view,
  samples: [...view.samples.filter(({ step }) => step !== row.step), row].sort((a, b) => a.step - b.step),
});

/** The entry of `steps` (ascending) nearest to `step`, the earlier one of two equally near; undefined where empty. */
export function nearestStep(steps: number[], step: number): number | undefined {
  let best: number | undefined;
  for (const s of steps) if (best === undefined || Math.abs(s - step) < Math.abs(best - step)) best = s;
  return best;
}

/** Adds a frame that was just drawn; where there are many, one of those close together goes, as in storage. */
export function withFrame(view: RunView, timeline: Timeline): RunView {
  const frames = { ...view.frames, [timeline.step]: timeline };
  const steps = [...new Set([...view.frameSteps, timeline.step])].sort((a, b) => a - b);
  const gone = stepToDrop(steps);
  if (gone !== null) delete frames[gone];
  return { ...view, frames, frameSteps: steps.filter((step) => step !== gone) };
}

/** Adds a metrics line, replacing an older one of the same step and dropping any after it (a resumed run). */
export function withMetrics(view: RunView, metrics: Metrics): RunView {
  return { ...view, metrics: [...view.metrics.filter((m) => m.step < metrics.step), metrics] };
}

/** What the judge said of the samples, in the order of their steps. */
export const judgedOf = (samples: readonly SampleRow[]): JudgedGrid[] => samples.flatMap(({ judged }) => judged ?? []);

/** Training steps before the newest of which the run keeps a LoRA. */
export function keptSteps({ step, run: { keepEvery } }: RunView): number[] {
  return Array.from({ length: Math.max(Math.ceil(step / keepEvery) - 1, 0) }, (_, i) => (i + 1) * keepEvery);
}

/** Seconds left, or null where nothing has been measured or nothing runs. */
export function secondsLeft(view: RunView): number | null {
  return view.secondsPerStep > 0 ? Math.max(view.steps - view.step, 0) * view.secondsPerStep : null;
}
