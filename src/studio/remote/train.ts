/** @file A run and its controls: start, resume, continue, pause, extend, new words. */
import type { ControlWords } from '../../formats/control-words';
import type { LoraRef } from '../../worker/protocol';
import { otherBaseOf } from '../state/other-base';
import { runOfFields } from '../state/run-of-fields';
import { startingView } from '../state/run-view';
import { changeLive, getState, notify, setFields, useStudio } from '../state/store';
import { Cancelled, describeBundle, openBundle } from './bundle';
import { tell } from './messages';
import { reachable } from './reachable-lora';
import { freeName } from './run-name';
import { openStoredRun } from './stored-run';

const setState = useStudio.setState;

/** Starts a new run with the settings on the page; until its first update it can be called off, and nothing stays of it. */
export async function startRun(warmStart?: LoraRef): Promise<void> {
  const run = runOfFields(getState().fields);
  void navigator.storage?.persist?.().catch(() => false);
  const runId = crypto.randomUUID();
  await whileStarting(async (signal) => {
    await openBundle(signal);
    const name = await freeName(run);
    const start = { runId, run, name, warmStart: warmStart && (await reachable(warmStart)) };
    signal.throwIfAborted();
    setState({
      live: startingView(runId, run, name),
      unfinished: null,
      inspected: null,
      playing: 'no',
      wordsPending: null,
    });
    setFields({ cursorStep: null, timelinePrompt: '' });
    await tell({ type: 'start', ...start });
    return () => {
      setState({ live: null, progress: null });
      void tell({ type: 'stop', discard: true });
    };
  });
}

/** Trains a stored run further from its last snapshot, to `steps` updates in all where given. */
export async function resumeRun(runId: string, steps?: number): Promise<void> {
  const current = getState().live;
  // Another tab may have trained it since it was opened here.
  if (current?.runId !== runId) await openStoredRun(runId);
  else if (current.source === 'stored') {
    // Words changed since it was opened are meant for it.
    const { positive, negative } = getState().fields;
    await openStoredRun(runId);
    setFields({ positive, negative });
  }
  if (!getState().bundle) await describeBundle();
  const elsewhere = otherBaseOf(getState());
  if (elsewhere) return notify('info', elsewhere);
  await whileStarting(async (signal) => {
    await openBundle(signal);
    signal.throwIfAborted();
    changeLive((view) => ({ ...view, state: 'starting', steps: steps ?? view.steps }));
    await tell({ type: 'resume', runId, steps });
    return () => {
      changeLive((view) => ({ ...view, state: 'paused' }));
      void tell({ type: 'pause' });
    };
  });
}

/**
 * Starts something that `cancelStart` calls off.
 * @param begin ends once the worker has it, and says how it is then called off
 */
async function whileStarting(begin: (signal: AbortSignal) => Promise<() => void>): Promise<void> {
  const controller = new AbortController();
  const cancel = () => {
    setState(({ cancelStart }) => (cancelStart === cancel ? { cancelStart: null } : {}));
    controller.abort(new Cancelled());
  };
  setState({ cancelStart: cancel, kernels: 0, progress: null });
  try {
    const callOff = await begin(controller.signal);
    if (controller.signal.aborted) callOff();
    else controller.signal.addEventListener('abort', callOff);
  } catch (error) {
    setState(({ cancelStart }) => (cancelStart === cancel ? { cancelStart: null } : {}));
    if (!(error instanceof Cancelled)) throw error;
  }
}

/** Goes on with the run on the page, whether the worker still holds it or it has to be resumed from storage. */
export async function continueRun(): Promise<void> {
  const { live } = getState();
  if (!live?.runId) return;
  if (live.source === 'stored') await resumeRun(live.runId);
  else await tell({ type: 'continue' });
}

/** One of the plain run controls. */
export async function control(type: 'pause' | 'step' | 'stop'): Promise<void> {
  await tell({ type });
}

/** Trains `more` updates beyond the run's end. */
export async function extendRun(more: number): Promise<void> {
  const { live } = getState();
  if (!live?.runId) return;
  if (live.source === 'live' && (live.state === 'running' || live.state === 'paused')) {
    await tell({ type: 'extend', steps: more });
    changeLive((view) => ({ ...view, steps: view.steps + more }));
  } else await resumeRun(live.runId, Math.max(live.steps, live.step) + more);
}

/** Gives the trainer new control words; it says itself from which step on it uses them. */
export async function sendWords(words: ControlWords): Promise<void> {
  setState({ wordsPending: words });
  await tell({ type: 'set-words', ...words });
}

/** Tests only: loses the device on purpose. */
export async function destroyDevice(): Promise<void> {
  await tell({ type: 'destroy-device' });
}
