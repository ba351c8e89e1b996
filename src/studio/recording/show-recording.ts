/** @file The recorded run on the page: its pictures are fetched as the cursor reaches them. */
import { report } from '../remote/report';
import { play } from '../state/playback';
import { nearestStep } from '../state/run-view';
import { cursorStepOf, getState, useStudio } from '../state/store';
import { openRecording } from './open-recording';

/** The recorded run that a first visit plays. */
const RECORDING = 'recordings/first-run/';

/** Shows the recorded run's first picture and plays the run once, unless motion is unwelcome or another run is there. */
export async function playRecording(): Promise<void> {
  try {
    const recording = await openRecording(new URL(RECORDING, document.baseURI).href);
    const show = async () => {
      const state = getState();
      const view = state.recording;
      if (state.live || !view) return;
      const step = nearestStep(view.frameSteps, cursorStepOf(state));
      if (step !== undefined && !view.frames[step]) {
        const timeline = await recording.loadFrame(step);
        useStudio.setState(({ recording: v }) =>
          v ? { recording: { ...v, frames: { ...v.frames, [step]: timeline } } } : {},
        );
      }
    };
    useStudio.setState({ recording: recording.view });
    await show();
    useStudio.subscribe((now, before) => {
      if (now.fields.cursorStep !== before.fields.cursorStep || now.live !== before.live) void show().catch(report);
    });
    void loadSamples(recording).catch(report);
    const still = matchMedia('(prefers-reduced-motion: reduce)').matches;
    if (!still && !getState().live && getState().fields.cursorStep === null) play('step');
  } catch (error) {
    // A site built without a recording starts empty; the timeline says so itself.
    console.warn(error);
  }
}

async function loadSamples({ view, loadSamples: load }: Awaited<ReturnType<typeof openRecording>>): Promise<void> {
  for (const { step } of view.samples) {
    const pictures = await load(step);
    useStudio.setState(({ recording: v }) =>
      v ? { recording: { ...v, samples: v.samples.map((s) => (s.step === step ? { ...s, pictures } : s)) } } : {},
    );
  }
}
