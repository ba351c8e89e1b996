/** @file Leaving the page while a run trains or would be lost is asked about by the browser. */
import { getState, type StudioState } from '../state/store';

/** Whether leaving would interrupt a run, or lose one where the browser keeps none. */
export const isInterrupted = ({ live, keepsRecords }: Pick<StudioState, 'live' | 'keepsRecords'>): boolean =>
  live?.source === 'live' &&
  (live.state === 'starting' || live.state === 'running' || (!keepsRecords && live.step > 0));

export function askBeforeLeaving(): void {
  addEventListener('beforeunload', (event) => {
    if (isInterrupted(getState())) event.preventDefault();
  });
}
