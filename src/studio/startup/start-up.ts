/**
 * @file What happens once when the page opens: state from the address, the recorded run, what the browser can do, and
 * the subscriptions that keep address, theme, trainer and recording in step with the state.
 */

import type { RunRecord } from '../../storage/types';
import { openRecording } from '../recording/open-recording';
import { describeBundle, report, sendWords } from '../remote/session';
import { findCapability } from '../state/capability';
import type { Fields } from '../state/fields';
import { readPermalink, writePermalink } from '../state/permalink';
import { play } from '../state/playback';
import { nearestStep } from '../state/run-view';
import { cursorStepOf, getState, setFields, useStudio } from '../state/store';

/** The recorded run that a first visit plays. */
const RECORDING = 'recordings/first-run/';

/** How long a deleted run or LoRA can be brought back, in milliseconds. */
const UNDO_TIME = 24 * 3600 * 1000;

/** Fields kept from visit to visit, outside permalinks. */
const REMEMBERED = ['theme', 'letterKeys'] as const satisfies (keyof Fields)[];

export async function startUp(): Promise<void> {
  setFields({ ...readPermalink(location.hash), ...remembered() });
  applyTheme();
  followAddress();
  followWords();
  // Asking for an adapter starts the browser's graphics process: the first picture goes before it.
  await playRecording();
  const capability = await findCapability();
  useStudio.setState({ capability });
  try {
    await describeBundle();
  } catch (error) {
    if (capability.kind === 'ready') report(error, () => void describeBundle().catch(report));
  }
  void offerUnfinished().catch(report);
  const { purgeDeleted } = await import('../../storage/purge');
  await purgeDeleted(Date.now() - UNDO_TIME);
}

/** Shows the recorded run's first picture and plays the run once, unless motion is unwelcome or another run is there. */
async function playRecording(): Promise<void> {
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

/** Offers the run that a closed or crashed tab left unfinished; one that another tab trains is none. */
async function offerUnfinished(): Promise<void> {
  const [{ getRun, listRuns }, { whenFree }] = await Promise.all([
    import('../../storage/runs'),
    import('../../storage/locks'),
  ]);
  const isUnfinished = (run: RunRecord | undefined) => run?.state === 'paused' && run.deletedAt === undefined;
  const [newest] = (await listRuns()).filter(isUnfinished).sort((a, b) => b.updatedAt - a.updatedAt);
  if (!newest) return;
  await whenFree(newest.id);
  const now = await getRun(newest.id);
  if (!now || !isUnfinished(now) || getState().live) return;
  const { id, name, step, run } = now;
  useStudio.setState({ unfinished: { id, name, step, steps: run.steps } });
}

function followAddress(): void {
  let timer = 0;
  useStudio.subscribe((now, before) => {
    if (now.fields === before.fields) return;
    applyTheme();
    for (const name of REMEMBERED) localStorage.setItem(`studio.${name}`, String(now.fields[name]));
    clearTimeout(timer);
    timer = window.setTimeout(() => {
      const { fields, playing } = getState();
      const shown = playing === 'no' ? fields : { ...fields, cursorStep: null };
      const hash = writePermalink(shown);
      if (hash !== location.hash) history.replaceState(null, '', hash);
    }, 250);
  });
  addEventListener('hashchange', () => setFields({ ...readPermalink(location.hash), ...remembered() }));
}

function remembered(): Partial<Fields> {
  const theme = localStorage.getItem('studio.theme');
  return {
    theme: theme === 'light' || theme === 'dark' ? theme : 'system',
    letterKeys: localStorage.getItem('studio.letterKeys') !== 'false',
  };
}

function applyTheme(): void {
  const { theme } = getState().fields;
  if (theme === 'system') delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
}

/** Hands control words to the trainer when they change while it holds a run. */
function followWords(): void {
  useStudio.subscribe((now, before) => {
    const { positive, negative } = now.fields;
    if (positive === before.fields.positive && negative === before.fields.negative) return;
    const { live } = now;
    const trains =
      live?.source === 'live' && live === before.live && live.state !== 'stopped' && live.state !== 'finished';
    if (trains && positive.length > 0 && negative.length > 0) void sendWords(positive, negative).catch(report);
  });
}
