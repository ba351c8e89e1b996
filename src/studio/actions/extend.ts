/** @file Trains 20 updates more than planned. */

import { extendRun } from '../remote/train';
import { otherBaseOf } from '../state/other-base';
import type { Action } from './action';

/** Updates that one press adds. */
export const MORE = 20;

export const extend: Action = {
  id: 'extend',
  label: `Train ${MORE} more steps`,
  enabled: (state) =>
    state.capability?.kind === 'ready' &&
    state.live?.runId != null &&
    state.live.state !== 'starting' &&
    otherBaseOf(state) === null,
  perform: () => extendRun(MORE),
};
