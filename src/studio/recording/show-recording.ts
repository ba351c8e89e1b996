/** @file The recorded run on the page: its pictures are fetched as the cursor reaches them. */
import { report } from '../remote/report';
import { play } from '../state/playback';
import { nearestStep } from '../state/run-view';
import { cursorStepOf, getState, setFields, useStudio, viewOf } from '../state/store';
import { openRecording } from './open-recording';
import { type RecordingFiles, siteFiles } from './recording-files';

type Recording = Awaited<ReturnType<typeof openRecording>>;

let current: Recording | null = null;

/**
 * Shows the recorded run that the address names, follows a change of it, and plays the first one once, unless motion is
 * unwelcome or another run is there.
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
    const still = matchMedia('(prefers-reduced-motion: reduce)').matches;
    if (!still && !getState().live && getState().fields.cursorStep === null) play('step');
  } catch (error) {
    // A site built without a recording starts empty; the timeline says so itself.
    console.warn(error);
  }
}

async function change(id: string): Promise<void> {
  const recording = await openRecording(siteFiles(new URL(`recordings/${id}/`, document.baseURI).href));
  if (getState().fields.recordingId !== id) return;
  await showOpened(recording);
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

async function loadSamples(recording: Recording): Promise<void> {
  for (const { step } of recording.view.samples) {
    const pictures = await recording.loadSamples(step);
    if (current !== recording) return;
    useStudio.setState(({ recording: now }) =>
      now ? { recording: { ...now, samples: now.samples.map((s) => (s.step === step ? { ...s, pictures } : s)) } } : {},
    );
  }
}
