/** @file Lets the judge look at what Compare has drawn. */
import { judgeBoth } from '../remote/judge';
import { sidesAgree } from '../state/compare-sides';
import type { Action } from './action';

export const judgePictures: Action = {
  id: 'judge-pictures',
  label: 'Judge these pictures',
  enabled: ({ compare, capability, cancelDrawing }) =>
    capability?.kind === 'ready' && !compare.busy && cancelDrawing === null && sidesAgree(compare),
  perform: judgeBoth,
};
