/** @file Reads a recorded run (src/formats/recording.ts); picture sheets are fetched when they are looked at. */
import { parseJson } from '../../formats/json';
import { parseRecording, type RecordedFrame } from '../../formats/recording';
import { parseRunFile } from '../../methods/run-file';
import { timelineOfSheet } from '../../sheets/timeline-pictures';
import type { Picture, Timeline } from '../../worker/protocol';
import { cellsOf } from '../pictures/sheet';
import type { RunView } from '../state/run-view';
import { RECORDING, type RecordingFiles } from './recording-files';

/**
 * Opens a recording.
 *
 * @returns the run without pictures, and the loaders of its frames and samples
 * @throws UserError where the recording is missing or damaged
 */
export async function openRecording(files: RecordingFiles): Promise<{
  view: RunView;
  loadFrame(step: number): Promise<Timeline>;
  loadSamples(step: number): Promise<Picture[]>;
}> {
  const json = await (await files.read(RECORDING)).arrayBuffer();
  const file = parseRecording(parseJson(new Uint8Array(json), RECORDING));
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
    samples: file.samples.map(({ step, prompts, seeds, judged }) => ({ step, prompts, seeds, judged, pictures: null })),
    wordChanges: file.wordChanges,
  };

  const timelineOf = async (frame: RecordedFrame): Promise<Timeline> =>
    timelineOfSheet(frame, await cellsOf(await files.read(frame.sheet), width, height));

  return {
    view,
    loadFrame: once((step) => timelineOf(file.frames.find((f) => f.step === step)!)),
    loadSamples: once(async (step) => {
      const row = file.samples.find((s) => s.step === step)!;
      const cut = await cellsOf(await files.read(row.sheet), width, height);
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
