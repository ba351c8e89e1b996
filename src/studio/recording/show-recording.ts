/** @file The recorded run on the page: its pictures are fetched as the cursor reaches them. */
import { report } from '../remote/report';
import { play } from '../state/playback';
import { recordedRun } from '../state/recordings';
import { nearestStep } from '../state/run-view';
import { cursorStepOf, getState, setFields, useStudio, viewOf } from '../state/store';
import { openRecording } from './open-recording';
import { type RecordingFiles, siteFiles } from './recording-files';

type Recording = Awaited<ReturnType<typeof openRecording>>;

let current: Recording | null = null;

/**
 * Shows the recorded run that the address names and follows a change of it. Each plays once, unless motion is unwelcome or
 * another run is there.
 */
export async function showRecording(): Promise<void> {
  useStudio.subscribe((now, before) => {
    if (now.fields.recordingId !== before.fields.recordingId) void change(now.fields.recordingId).catch(report);
    else if (now.fields.cursorStep !== before.fields.cursorStep || viewOf(now) !== viewOf(before)) {
      void showFrame().catch(report);
    }
  });
  try {
    await change(getState().fields.recordingId);
  } catch (error) {
    // A site built without a recording starts empty; the timeline says so itself.
    console.warn(error);
  }
}

async function change(id: string): Promise<void> {
  const recording = await openRecording(siteFiles(new URL(`recordings/${id}/`, document.baseURI).href));
  if (getState().fields.recordingId !== id) return;
  recording.view.recordingId = id;
  await showOpened(recording);
  const still = matchMedia('(prefers-reduced-motion: reduce)').matches;
  const { fields, live, lesson } = getState();
  if (!still && !live && !lesson && fields.place === 'align' && fields.cursorStep === null) play('step');
}

/** Shows a recording that was dropped. @throws UserError where it is damaged */
export async function showRecordingFile(files: RecordingFiles): Promise<void> {
  const recording = await openRecording(files);
  useStudio.setState({ live: null, inspected: null, playing: 'no' });
  setFields({ place: 'align', cursorStep: null, timelinePrompt: '' });
  await showOpened(recording);
}

async function showOpened(recording: Recording): Promise<void> {
  current = recording;
  useStudio.setState({ recording: recording.view });
  await showFrame();
  void loadSamples(recording).catch(report);
}

/** Fetches the pictures of the step under the cursor, where the recorded run is looked at. */
async function showFrame(): Promise<void> {
  const state = getState();
  const view = state.recording;
  const recording = current;
  if (!recording || !view || viewOf(state) !== view) return;
  const step = nearestStep(view.frameSteps, cursorStepOf(state));
  if (step === undefined || view.frames[step]) return;
  const timeline = await recording.loadFrame(step);
  if (current !== recording) return;
  useStudio.setState(({ recording: now }) =>
    now ? { recording: { ...now, frames: { ...now.frames, [step]: timeline } } } : {},
  );
}

/** Fetches the samples: the first and those that are shown large before the others. */
async function loadSamples(recording: Recording): Promise<void> {
  const { samples, recordingId } = recording.view;
  const large = recordedRun(recordingId)?.step ?? samples.at(-1)?.step;
  const rank = (step: number) => (step === 0 ? 0 : step === large ? 1 : 2);
  for (const { step } of [...samples].sort((a, b) => rank(a.step) - rank(b.step))) {
    const pictures = await recording.loadSamples(step);
    if (current !== recording) return;
    useStudio.setState(({ recording: now }) =>
      now ? { recording: { ...now, samples: now.samples.map((s) => (s.step === step ? { ...s, pictures } : s)) } } : {},
    );
  }
}
