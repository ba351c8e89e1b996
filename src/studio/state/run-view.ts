/**
 * @file One run as the page looks at it, whether it trains now, comes from the Library or was recorded.
 *
 * Frames are kept for a limited number of steps (a frame is a few megabytes of pictures); `frameSteps` lists the steps
 * that can be shown.
 */
import type { WordChange } from '../../formats/control-words';
import type { RunFile } from '../../formats/run-file';
import type { Metrics, Picture, RunState, Timeline } from '../../worker/protocol';

export interface SampleRow {
  step: number;
  prompts: string[];
  seeds: number[];
  /** null until a recorded sheet is fetched. */
  pictures: Picture[] | null;
}

export interface RunView {
  source: 'recording' | 'live' | 'stored';
  /** null for a recording. */
  runId: string | null;
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

/** Most frames kept in memory; the first and the newest always stay. */
export const FRAMES_KEPT = 32;

/** The entry of `steps` (ascending) nearest to `step`, the earlier one of two equally near; undefined where empty. */
export function nearestStep(steps: number[], step: number): number | undefined {
  let best: number | undefined;
  for (const s of steps) if (best === undefined || Math.abs(s - step) < Math.abs(best - step)) best = s;
  return best;
}

/** Adds a frame; beyond `FRAMES_KEPT` the one whose neighbours are closest together goes, never the first or the last. */
export function withFrame(view: RunView, timeline: Timeline): RunView {
  const frames = { ...view.frames, [timeline.step]: timeline };
  const frameSteps = Object.keys(frames)
    .map(Number)
    .sort((a, b) => a - b);
  if (frameSteps.length > FRAMES_KEPT) {
    let crowded = 1;
    for (let i = 2; i < frameSteps.length - 1; i++) {
      const gap = (at: number) => frameSteps[at + 1] - frameSteps[at - 1];
      if (gap(i) < gap(crowded)) crowded = i;
    }
    delete frames[frameSteps[crowded]];
    frameSteps.splice(crowded, 1);
  }
  return { ...view, frames, frameSteps };
}

/** Adds a metrics line, replacing an older one of the same step and dropping any after it (a resumed run). */
export function withMetrics(view: RunView, metrics: Metrics): RunView {
  return { ...view, metrics: [...view.metrics.filter((m) => m.step < metrics.step), metrics] };
}

/** Training steps before the newest of which the run keeps a LoRA. */
export function keptSteps({ step, run: { keepEvery } }: RunView): number[] {
  return Array.from({ length: Math.max(Math.ceil(step / keepEvery) - 1, 0) }, (_, i) => (i + 1) * keepEvery);
}

/** Seconds left, or null where nothing has been measured or nothing runs. */
export function secondsLeft(view: RunView): number | null {
  return view.secondsPerStep > 0 ? Math.max(view.steps - view.step, 0) * view.secondsPerStep : null;
}
