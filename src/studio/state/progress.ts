/**
 * @file The one bar of a run, from the press that starts it to its last update: which stage it is in, and how far the bar is.
 *
 * A stage has its part of the bar. Within it the bar follows what is counted, and where nothing is counted it creeps, slower
 * and slower, so that it always moves, never restarts and never says more than is done.
 */
import { bytes } from '../numbers/in-words';
import type { RunView } from './run-view';
import type { StudioState } from './store';

export interface Stage {
  /** What is done, with its count where there is one. */
  words: string;
  /** Its part of the bar, 0 … 1. */
  from: number;
  to: number;
  /** How much of it is done as far as it is counted, 0 … 1. */
  done: number;
  /** Seconds after which the bar, nothing being counted, has crept over half of it. */
  seconds: number;
}

/** The parts of the bar before the first update and after the last. */
const START = 0.3;
const END = 0.03;

/** The stages before the first update: where each ends. */
const ENDS = { downloading: 0.1, opening: 0.13, kernels: 0.19, samples: 0.25, timeline: START };

type Watched = Pick<
  StudioState,
  'live' | 'opened' | 'download' | 'downloadBytes' | 'progress' | 'kernels' | 'cancelStart' | 'inspecting'
>;

const KERNELS = 'Choosing the fastest kernels for this device';

/** Parts of an update, by the phase that is under way. */
const UPDATE = { rollout: [0, 0.5], branches: [0.5, 0.95], saving: [0.95, 1] } as const;
const UPDATE_WORDS = {
  rollout: 'Drawing the training pictures',
  branches: 'Computing gradients',
  saving: 'Saving',
};

/** `, 3 of 16` */
const counted = ({ done, total }: { done: number; total: number }) => (total > 1 ? `, ${done} of ${total}` : '');

/** Bytes that are fetched, of those that the consent named; null where nothing is, or nothing more. */
export function downloadOf({
  opened,
  download,
  downloadBytes,
}: Pick<StudioState, 'opened' | 'download' | 'downloadBytes'>): { loaded: number; total: number } | null {
  if (opened !== 'opening') return null;
  if (!download) return downloadBytes ? { loaded: 0, total: downloadBytes } : null;
  if (download.loadedBytes >= download.totalBytes) return null;
  // What an earlier visit has fetched is not counted: the consent named the rest.
  const total = downloadBytes || download.totalBytes;
  return { loaded: Math.max(download.loadedBytes - (download.totalBytes - total), 0), total };
}

/** How far a press that opens the base model is; null once it is open. The bar is that of `ends`. */
function opening(state: Watched, ends: { downloading: number; opening: number }): Stage | null {
  if (state.opened === 'yes') return null;
  const fetched = downloadOf(state);
  if (!fetched) {
    const from = state.download ? ends.downloading : 0;
    return { words: 'Opening the base model', from, to: ends.opening, done: 0, seconds: 6 };
  }
  const { loaded, total } = fetched;
  const words = `Downloading, ${bytes(loaded)} of ${bytes(total)}`;
  return { words, from: 0, to: ends.downloading, done: loaded / total, seconds: 60 };
}

/** How far the weights are that a run or drawing needs; null where none are being loaded. Both counts are bytes. */
export function loadingOf({ progress }: Pick<StudioState, 'progress'>): { words: string; done: number } | null {
  if (progress?.phase !== 'loading' || progress.done >= progress.total) return null;
  const { done, total } = progress;
  return { words: `Loading the model, ${bytes(done)} of ${bytes(total)}`, done: done / total };
}

const kernels = (count: number, from: number, to: number): Stage => ({
  words: count > 0 ? `${KERNELS}, ${count} so far` : KERNELS,
  ...{ from, to, done: 1 - 2 ** (-count / 60), seconds: 30 },
});

/** The stage of the run that starts or trains; null where none does. */
export function runStage(state: Watched): Stage | null {
  const stage = stageOf(state);
  const { live } = state;
  if (!stage || !live || live.step === 0 || stage.to > START) return stage;
  // A run that goes on starts where it was: its bar is nearly there already.
  const at = trainedPart(live.step, live.steps);
  const room = 0.3 * (trainedPart(live.step + 1, live.steps) - at);
  return { ...stage, from: at + (stage.from / START) * room, to: at + (stage.to / START) * room };
}

/** Where the bar of a run rests that neither starts nor trains, and why. @param keeps whether this browser keeps runs */
export function restingStage({ state, elsewhere, step, steps }: RunView, keeps: boolean): Stage {
  const words = {
    starting: 'Starting',
    running: 'Training',
    paused: elsewhere ? 'Open in another tab' : keeps ? 'Paused, saved' : 'Paused, not saved',
    stopped: keeps ? 'Stopped, kept in the Library' : 'Stopped, not kept: export it',
    finished: keeps ? 'Finished, kept in the Library' : 'Finished, not kept: export it',
  }[state];
  const at = state === 'finished' ? 1 : step === 0 ? 0 : trainedPart(step, steps);
  return { words, from: at, to: at, done: 1, seconds: 1 };
}

function stageOf(state: Watched): Stage | null {
  const { live, progress, cancelStart } = state;
  if (cancelStart && (!live || live.state === 'starting' || live.state === 'paused')) {
    const before = opening(state, ENDS);
    if (before) return before;
  }
  if (!live || (live.state !== 'starting' && live.state !== 'running')) {
    return cancelStart ? { words: 'Starting', from: ENDS.opening, to: ENDS.kernels, done: 0, seconds: 10 } : null;
  }
  const { phase } = progress ?? {};
  const loading = loadingOf(state);
  if (loading && live.step === 0) return { ...loading, from: ENDS.opening, to: ENDS.kernels, seconds: 60 };
  if (live.state === 'starting') {
    if (phase === 'pictures')
      return { ...kernels(0, ENDS.opening, ENDS.kernels), words: `Encoding pictures${counted(progress!)}` };
    return kernels(state.kernels, ENDS.opening, ENDS.kernels);
  }
  if (phase === 'tuning') {
    return kernels(state.kernels, ENDS.samples, START);
  }
  const isFirst = live.step === 0;
  if (phase === 'samples' || phase === 'judging') {
    const words =
      phase === 'judging'
        ? 'Judging the samples'
        : `Drawing ${isFirst ? 'the first ' : ''}samples${counted(progress!)}`;
    const done = phase === 'judging' ? 0.95 : (0.9 * progress!.done) / progress!.total;
    if (isFirst) return { words, from: ENDS.kernels, to: ENDS.samples, done, seconds: 30 };
    return { ...updateStage(live, 0, 0.02), words };
  }
  if (phase === 'timeline') {
    const words = isFirst ? 'Drawing the first timeline' : 'Drawing the timeline';
    if (isFirst) return { words, from: ENDS.samples, to: ENDS.timeline, done: 0, seconds: 20 };
    return { ...updateStage(live, 0, 0.02), words };
  }
  if (isFirst && !phase)
    return { words: 'Drawing the first samples', from: ENDS.kernels, to: ENDS.samples, done: 0, seconds: 30 };
  const part = phase && phase in UPDATE ? (phase as keyof typeof UPDATE) : null;
  if (!part) return { ...updateStage(live, 0, 0.02), words: 'Training' };
  const [from, to] = UPDATE[part];
  const within = from + ((to - from) * progress!.done) / Math.max(progress!.total, 1);
  return {
    ...updateStage(live, within, 1),
    words: `${UPDATE_WORDS[part]}${part === 'rollout' ? counted(progress!) : ''}`,
  };
}

/** Where the bar is after so many updates. */
const trainedPart = (step: number, steps: number) =>
  START + ((1 - START - END) * Math.min(step, steps)) / Math.max(steps, 1);

/** The part of the bar of the update that is under way. */
function updateStage(
  { step, steps, secondsPerStep }: NonNullable<Watched['live']>,
  done: number,
  to: number,
): Omit<Stage, 'words'> {
  // After the last update its samples and timeline are drawn.
  if (step >= steps) return { from: 1 - END, to: 1, done: 0, seconds: 10 };
  const [from, next] = [trainedPart(step, steps), trainedPart(step + 1, steps)];
  return { from, to: from + (next - from) * to, done, seconds: secondsPerStep || 10 };
}

/** The stage of a drawing (a timeline, or pictures of Compare) that was asked for; null where none is. */
export function drawingStage(state: Watched): Stage | null {
  if (!state.inspecting) return null;
  const before = opening(state, { downloading: 0.5, opening: 0.6 });
  if (before) return before;
  const { progress } = state;
  const loading = loadingOf(state);
  if (loading) return { ...loading, from: 0.6, to: 0.7, seconds: 60 };
  if (progress?.phase === 'tuning') return kernels(state.kernels, 0.7, 0.8);
  const isDrawing = progress?.phase === 'timeline' || progress?.phase === 'samples';
  const done = isDrawing && progress.total > 0 ? progress.done / progress.total : 0;
  return { words: 'Drawing', from: isDrawing ? 0.8 : 0.6, to: 1, done: 0.95 * done, seconds: 15 };
}

/** Where a bar stands. */
export interface Bar {
  /** 0 … 1 */
  at: number;
  /** The stage, by its part of the bar, and when it began, in seconds. */
  from: number;
  since: number;
}

/** The bar some time later: further, or where it was. @param now in seconds */
export function advanced(bar: Bar | null, stage: Stage, now: number): Bar {
  const since = bar && bar.from === stage.from ? bar.since : now;
  const crept = 0.9 * (1 - 2 ** (-(now - since) / stage.seconds));
  const at = stage.from + (stage.to - stage.from) * Math.max(Math.min(stage.done, 1), crept);
  return { at: Math.max(at, bar?.at ?? 0), from: stage.from, since };
}
