/** @file What is told of a run outside its own controls: in the tab's title, and to those who listen. */
import type { RunRecord } from '../../storage/records';
import type { RunView } from './run-view';

/** `12 of 40 · Align · Direct-Align Studio`: progress first, because a tab shows the beginning. */
export function titleOf(place: string, live: RunView | null, asksForVotes = false): string {
  return [asksForVotes ? 'Vote' : null, progressOf(live), place, 'Direct-Align Studio'].filter(Boolean).join(' · ');
}

function progressOf(live: RunView | null): string | null {
  if (live?.source !== 'live') return null;
  switch (live.state) {
    case 'starting':
      return 'Starting';
    case 'running':
      return `${live.step} of ${live.steps}`;
    case 'paused':
      return `Paused at ${live.step} of ${live.steps}`;
    case 'finished':
      return 'Finished';
    case 'stopped':
      return null;
  }
}

/** What a change of a run's state is announced as; null where it is not. */
export function announcement(now: RunView | null, before: RunView | null): string | null {
  if (now?.source !== 'live' || now.runId !== before?.runId || now.state === before.state) return null;
  const at = `step ${now.step} of ${now.steps}`;
  switch (now.state) {
    case 'starting':
      return null;
    case 'running':
      return before.state === 'starting' || before.state === 'paused' ? `Training, ${at}.` : null;
    case 'paused':
      return `Paused at ${at}.`;
    case 'stopped':
      return `Stopped at ${at}.`;
    case 'finished':
      return `Training has finished: “${now.name}”, ${now.steps} steps.`;
  }
}

const STORED = { paused: 'paused', stopped: 'stopped early', finished: 'finished' };

/** What the Library calls the state: a run that trains is paused in storage, since that is what it is when its tab dies. */
export function storedState(run: Pick<RunRecord, 'id' | 'state'>, live: RunView | null, isHeld: boolean): string {
  if (live?.source === 'live' && live.runId === run.id && (live.state === 'running' || live.state === 'starting')) {
    return 'training now';
  }
  return isHeld && live?.runId !== run.id ? 'open in another tab' : STORED[run.state];
}
