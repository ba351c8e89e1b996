/** @file Leaving the page while a run trains is asked about by the browser. */
import { getState, type StudioState } from '../state/store';

/** Whether leaving would interrupt something. */
export const isInterrupted = ({ live }: Pick<StudioState, 'live'>): boolean =>
  live?.source === 'live' && (live.state === 'starting' || live.state === 'running');

export function askBeforeLeaving(): void {
  addEventListener('beforeunload', (event) => {
    if (isInterrupted(getState())) event.preventDefault();
  });
}
