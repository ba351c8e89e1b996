/** @file What the worker tells becomes state. */
import { UserError } from '../../errors';
import type { Event } from '../../worker/protocol';
import { withFrame, withMetrics } from '../state/run-view';
import { changeLive, notify, useStudio } from '../state/store';
import { report } from './report';
import { continueRun } from './train';
import { openVote } from './vote';

const setState = useStudio.setState;

/** Takes one event of the worker. */
export function receive(event: Event): void {
  switch (event.type) {
    case 'download':
      setState({ download: event });
      break;
    case 'progress':
      setState({ progress: event });
      break;
    case 'state':
      // From here on the worker holds the run: until then a resume may fail, and is asked for again.
      changeLive((view) => ({ ...view, source: 'live', elsewhere: false, ...pick(event) }));
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
    case 'metrics':
      setState({ ballot: null });
      changeLive((view) => ({ ...withMetrics(view, event.metrics), step: event.metrics.step }));
      break;
    case 'words':
      changeLive((view) => ({ ...view, wordChanges: event.wordChanges }));
      setState({ wordsPending: null });
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
