/**
 * @file The page's side of the worker: sends requests, turns events into state.
 *
 * Everything that the page asks of the engine goes through here; components call actions, actions call these functions.
 */
import { UserError } from '../../errors';
import type { RunFile } from '../../formats/run-file';
import type { WorkerClient } from '../../worker/client';
import type { Event, LoraRef, Request } from '../../worker/protocol';
import { fieldsOfRun, runOfFields } from '../state/run-of-fields';
import { type RunView, withFrame, withMetrics } from '../state/run-view';
import { getState, notify, setFields, useStudio } from '../state/store';

let client: WorkerClient | null = null;
let requestCount = 0;

const setState = useStudio.setState;
const changeLive = (change: (view: RunView) => RunView) =>
  setState((state) => (state.live ? { live: change(state.live) } : {}));

/** The worker, started at first use. */
async function worker(): Promise<WorkerClient> {
  if (!client) {
    const { WorkerClient } = await import('../../worker/client');
    client ??= new WorkerClient();
    client.on(receive);
  }
  return client;
}

type Asking = Extract<Request, { requestId: number }>;
type Asked = Asking extends infer R ? (R extends Asking ? Omit<R, 'requestId'> : never) : never;
type Answer = 'described' | 'opened' | 'timeline' | 'generated' | 'exported';

/**
 * Sends a request and waits for its own answer.
 * @throws UserError with the worker's sentence where it failed
 */
async function ask<T extends Answer>(request: Asked, answer: T): Promise<Extract<Event, { type: T }>> {
  const to = await worker();
  const requestId = ++requestCount;
  return new Promise((resolve, reject) => {
    const off = to.on((event) => {
      if (!('requestId' in event) || event.requestId !== requestId) return;
      if (event.type === answer) resolve(event as Extract<Event, { type: T }>);
      else if (event.type === 'failed') reject(new UserError(event.message));
      else return;
      off();
    });
    to.send({ ...request, requestId } as Request);
  });
}

/** Shows an error: its sentence where it is meant for users, a general one where it is a defect of ours. */
export function report(error: unknown, retry?: () => void): void {
  if (!(error instanceof UserError)) console.error(error);
  const message =
    error instanceof UserError ? error.message : `Something went wrong in the studio itself: ${String(error)}`;
  notify('error', message, retry && { label: 'Try again', accept: retry });
}

function receive(event: Event): void {
  switch (event.type) {
    case 'download':
      setState({ download: event });
      break;
    case 'progress':
      setState({ progress: event });
      break;
    case 'state':
      // From here on the worker holds the run: until then a resume may fail, and is asked for again.
      changeLive((view) => ({ ...view, source: 'live', ...pick(event) }));
      if (event.state === 'stopped' || event.state === 'finished') {
        setState((state) => ({ progress: null, libraryVersion: state.libraryVersion + 1 }));
      }
      break;
    case 'metrics':
      changeLive((view) => ({ ...withMetrics(view, event.metrics), step: event.metrics.step }));
      setState({ wordsPending: false });
      break;
    case 'samples':
      changeLive((view) => ({
        ...view,
        samples: [...view.samples.filter((s) => s.step !== event.step), event].sort((a, b) => a.step - b.step),
      }));
      break;
    case 'frame':
      changeLive((view) => withFrame(view, event.timeline));
      break;
    case 'warning':
      notify('info', event.message);
      break;
    case 'lost':
      notify('info', `The graphics device was lost (${event.reason}); opening it again, attempt ${event.attempt}.`);
      break;
    case 'recovered':
      notify('info', `The graphics device is back; training went on from step ${event.step}.`);
      break;
    case 'failed':
      if (event.requestId !== undefined) break;
      changeLive((view) => ({ ...view, state: 'paused' }));
      setState({ progress: null });
      report(new UserError(event.message), event.retry ? continueRun : undefined);
      break;
  }
}

const pick = (event: Extract<Event, { type: 'state' }>) => ({
  state: event.state,
  step: event.step,
  steps: event.steps,
  secondsPerStep: event.secondsPerStep,
  memoryBytes: event.memoryBytes,
});

/** Asks for the bundle's name, words and download size; nothing large is fetched. */
export async function describeBundle(): Promise<void> {
  const { bundleLocation } = getState();
  const bundle = bundleLocation ?? { kind: 'url' as const, base: bundleUrl(getState().fields.bundle) };
  const described = await ask({ type: 'describe', bundle }, 'described');
  setState({
    bundle: described.info,
    bundleLocation: bundle,
    downloadBytes: Math.max(described.downloadBytes - described.cachedBytes, 0),
  });
}

/** Folder of one of our own bundles, at any sub-path. */
function bundleUrl(name: string): string {
  if (!/^[\w.-]+$/.test(name)) throw new UserError(`"${name}" is not a bundle of this site; drop its folder instead.`);
  return new URL(`bundles/${name}/`, document.baseURI).href;
}

let opening: Promise<void> | null = null;

/** Downloads what is missing and opens the GPU; called by a press that named the size (the consent). */
export function openBundle(): Promise<void> {
  if (getState().opened === 'yes') return Promise.resolve();
  opening ??= (async () => {
    setState({ opened: 'opening' });
    try {
      if (!getState().bundleLocation) await describeBundle();
      const opened = await ask({ type: 'open', bundle: getState().bundleLocation! }, 'opened');
      setState({ opened: 'yes', bundle: opened.info, gpu: opened.gpu, download: null, downloadBytes: 0 });
    } catch (error) {
      setState({ opened: 'no', download: null });
      throw error;
    } finally {
      opening = null;
    }
  })();
  return opening;
}

/** A view of a run that is about to train. */
function startingView(runId: string, run: RunFile, name: string): RunView {
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

const runName = (run: RunFile) => `${run.prompts[0]}, more ${run.reward.positive[0]}`;

/** Starts a new run with the settings on the page. */
export async function startRun(warmStart?: LoraRef): Promise<void> {
  const run = runOfFields(getState().fields);
  void navigator.storage?.persist?.().catch(() => false);
  await openBundle();
  const runId = crypto.randomUUID();
  setState({ live: startingView(runId, run, runName(run)), unfinished: null, inspected: null, playing: 'no' });
  setFields({ cursorStep: null, timelinePrompt: '' });
  (await worker()).send({ type: 'start', runId, run, warmStart });
}

/** Shows a stored run; `resumeRun` trains it further. */
export async function openStoredRun(runId: string): Promise<RunView> {
  const [{ getRun }, { listSamples }, { pictureOfPng }] = await Promise.all([
    import('../../storage/runs'),
    import('../../storage/samples'),
    import('../files/png-picture'),
  ]);
  const record = await getRun(runId);
  if (!record) throw new UserError('This run is no longer in the Library.');
  const rows = await listSamples(runId, (sentence) => notify('error', sentence));
  const samples = await Promise.all(
    rows.map(async ({ step, prompts, seeds, pictures }) => ({
      step,
      prompts,
      seeds,
      pictures: await Promise.all(pictures.map(pictureOfPng)),
    })),
  );
  const view: RunView = {
    ...startingView(record.id, record.run, record.name),
    source: 'stored',
    state: record.state,
    step: record.step,
    steps: record.run.steps,
    metrics: record.metrics,
    samples: samples.sort((a, b) => a.step - b.step),
    wordChanges: record.wordChanges,
  };
  setState({ live: view, unfinished: null, inspected: null, playing: 'no' });
  setFields({ ...fieldsOfRun(record.run), cursorStep: null, timelinePrompt: '' });
  return view;
}

/** Trains a stored run further from its last snapshot, to `steps` updates in all where given. */
export async function resumeRun(runId: string, steps?: number): Promise<void> {
  const current = getState().live;
  // Another tab may have trained it since it was opened here.
  if (current?.runId !== runId || current.source === 'stored') await openStoredRun(runId);
  await openBundle();
  changeLive((view) => ({ ...view, state: 'starting', steps: steps ?? view.steps }));
  (await worker()).send({ type: 'resume', runId, steps });
}

/** Goes on with the run on the page, whether the worker still holds it or it has to be resumed from storage. */
export async function continueRun(): Promise<void> {
  const { live } = getState();
  if (!live?.runId) return;
  if (live.source === 'stored') await resumeRun(live.runId);
  else (await worker()).send({ type: 'continue' });
}

/** One of the plain run controls. */
export async function control(type: 'pause' | 'step' | 'stop'): Promise<void> {
  (await worker()).send({ type });
}

/** Trains `more` updates beyond the run's end. */
export async function extendRun(more: number): Promise<void> {
  const { live } = getState();
  if (!live?.runId) return;
  if (live.source === 'live' && (live.state === 'running' || live.state === 'paused')) {
    (await worker()).send({ type: 'extend', steps: more });
    changeLive((view) => ({ ...view, steps: view.steps + more }));
  } else await resumeRun(live.runId, Math.max(live.steps, live.step) + more);
}

/** Gives the trainer new control words, used from its next step. */
export async function sendWords(positive: string[], negative: string[]): Promise<void> {
  changeLive((view) => ({
    ...view,
    wordChanges: [...view.wordChanges.filter((c) => c.step !== view.step), { step: view.step, positive, negative }],
  }));
  setState({ wordsPending: true });
  (await worker()).send({ type: 'set-words', positive, negative });
}

/** Draws with `lora`: every prompt with every seed, prompts outermost. */
export async function generate(
  prompts: string[],
  seeds: number[],
  lora: LoraRef,
  options: { steps: number; guidance: number; strength: number },
) {
  await openBundle();
  const answer = await ask({ type: 'generate', prompts, seeds, lora, ...options }, 'generated');
  for (const warning of answer.warnings) notify('info', warning);
  return answer.pictures;
}

/** Draws the timeline of a prompt (null: the current training picture) at the given noise levels. */
export async function inspect(prompt: string | null, seed: number, lora: LoraRef, sigmas: number[]) {
  await openBundle();
  const run = getState().live?.run ?? runOfFields(getState().fields);
  return (await ask({ type: 'inspect', run, prompt, seed, lora, sigmas }, 'timeline')).timeline;
}

/** A LoRA as a file's bytes. */
export async function exportLora(lora: LoraRef, format: 'safetensors' | 'peft-zip') {
  return ask({ type: 'export', lora, format }, 'exported');
}

/** Tests only: loses the device on purpose. */
export async function destroyDevice(): Promise<void> {
  (await worker()).send({ type: 'destroy-device' });
}
