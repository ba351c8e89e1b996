/** @file What the worker tells becomes state. */
import { UserError } from '../../errors';
import type { Event } from '../../worker/protocol';
import { withDrawn, withFrame, withMetrics, withRow } from '../state/run-view';
import { changeLive, getState, notify, useStudio } from '../state/store';
import { report } from './report';
import { continueRun } from './train';
import { openVote } from './vote';

const setState = useStudio.setState;

/** Takes one event of the worker. */
export function receive(event: Event): void {
  // A run that was called off or left may still be on its way out.
  if ('runId' in event && event.runId !== undefined && event.runId !== getState().live?.runId) {
    if (event.type === 'state') setState(({ libraryVersion }) => ({ libraryVersion: libraryVersion + 1 }));
    return;
  }
  switch (event.type) {
    case 'download':
      setState({ download: event });
      break;
    case 'progress':
      setState(({ kernels }) => ({ progress: event, kernels: event.phase === 'tuning' ? kernels + 1 : kernels }));
      break;
    case 'state':
      // What was under way belongs to what was done before.
      if (event.state === 'running' && getState().live?.state === 'starting') setState({ progress: null, kernels: 0 });
      // From here on the worker holds the run: until then a resume may fail, and is asked for again.
      changeLive((view) => ({ ...view, source: 'live', elsewhere: false, ...pick(event) }));
      if (event.state !== 'starting' && (event.state !== 'running' || event.step > 0)) setState({ cancelStart: null });
      // A run that is left asks again when it goes on.
      if (event.state !== 'running') setState({ ballot: null });
      if (event.state === 'stopped' || event.state === 'finished') {
        // Words that came too late are given again when it goes on.
        setState((state) => ({ wordsPending: null, progress: null, libraryVersion: state.libraryVersion + 1 }));
      }
      break;
    case 'ballot':
      void openVote(event);
      break;
    case 'perceiving':
      setState(({ checking }) => (checking ? { checking: { ...checking, drawing: event } } : {}));
      break;
    case 'metrics':
      // The update is over, and so is what was under way of it.
      setState({ ballot: null, progress: null });
      changeLive((view) => ({ ...withMetrics(view, event.metrics), step: event.metrics.step }));
      break;
    case 'words':
      changeLive((view) => ({ ...view, wordChanges: event.wordChanges }));
      setState({ wordsPending: null });
      break;
    case 'samples':
      changeLive((view) => withRow(view, event));
      break;
    case 'sampled':
      changeLive((view) => withDrawn(view, event));
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
      setState({ progress: null, cancelStart: null });
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
