/** @file Reads a recorded run (src/formats/recording.ts) over HTTP; picture sheets are fetched when they are looked at. */
import { UserError } from '../../errors';
import { parseJson } from '../../formats/json';
import { parseRecording, type RecordedFrame } from '../../formats/recording';
import { parseRunFile } from '../../methods/run-file';
import { timelineOfSheet } from '../../sheets/timeline-pictures';
import type { Picture, Timeline } from '../../worker/protocol';
import { openSheet } from '../pictures/sheet';
import type { RunView } from '../state/run-view';

/**
 * Opens `base`/recording.json.
 *
 * @param base folder of the recording, ending in `/`
 * @returns the run without pictures, and the loaders of its frames and samples
 * @throws UserError where the recording is missing or damaged
 */
export async function openRecording(base: string): Promise<{
  view: RunView;
  loadFrame(step: number): Promise<Timeline>;
  loadSamples(step: number): Promise<Picture[]>;
}> {
  const response = await fetch(`${base}recording.json`);
  if (!response.ok) throw new UserError(`${base}recording.json answered ${response.status}, expected a recorded run.`);
  const file = parseRecording(parseJson(new Uint8Array(await response.arrayBuffer()), 'recording.json'));
  const { width, height } = file.cell;

  const view: RunView = {
    source: 'recording',
    runId: null,
    name: file.name,
    made: file.made,
    run: parseRunFile(file.run, 'recording.json'),
    state: 'finished',
    step: file.metrics.at(-1)?.step ?? 0,
    steps: file.metrics.at(-1)?.step ?? 0,
    secondsPerStep: 0,
    memoryBytes: 0,
    metrics: file.metrics,
    frameSteps: file.frames.map((f) => f.step),
    frames: {},
    samples: file.samples.map((s) => ({ step: s.step, prompts: s.prompts, seeds: s.seeds, pictures: null })),
    wordChanges: file.wordChanges,
  };

  const timelineOf = async (frame: RecordedFrame): Promise<Timeline> =>
    timelineOfSheet(frame, await openSheet(base + frame.sheet, width, height));

  return {
    view,
    loadFrame: once((step) => timelineOf(file.frames.find((f) => f.step === step)!)),
    loadSamples: once(async (step) => {
      const row = file.samples.find((s) => s.step === step)!;
      const cut = await openSheet(base + row.sheet, width, height);
      return row.prompts.map((_, i) => cut(i, 0));
    }),
  };
}

/** Remembers the promise of each step, and forgets it when it fails so that a second look tries again. */
function once<T>(load: (step: number) => Promise<T>): (step: number) => Promise<T> {
  const loaded = new Map<number, Promise<T>>();
  return (step) => {
    let promise = loaded.get(step);
    if (!promise) {
      promise = load(step);
      promise.catch(() => loaded.delete(step));
      loaded.set(step, promise);
    }
    return promise;
  };
}
