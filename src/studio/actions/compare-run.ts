/** @file Opens Compare with the base on the left and this run on the right: its best step, once it is over. */

import { runSide } from '../state/compare-sides';
import { isOver, stepToTake } from '../state/outcome';
import { getState, setFields } from '../state/store';
import type { Action } from './action';

export const compareRun: Action = {
  id: 'compare-run',
  label: ({ live }) => (isOver(live) ? `Compare step ${stepToTake(live)} with the base` : 'Compare with the base'),
  enabled: (state) => state.live?.runId != null && state.live.step > 0,
  perform: () => {
    const live = getState().live!;
    const step = stepToTake(live);
    const id = step === live.step ? 'current' : runSide(live.runId!, step);
    setFields({
      place: 'compare',
      compareView: 'sides',
      compareSides: [
        { id: 'base', strength: 1 },
        { id, strength: 1 },
      ],
    });
  },
};
