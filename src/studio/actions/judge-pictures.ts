/** @file Lets the judge look at what Compare has drawn. */
import { judgeColumns } from '../remote/judge';
import { judgeable } from '../state/compare-grid';
import type { Action } from './action';

export const judgePictures: Action = {
  id: 'judge-pictures',
  label: 'Judge these pictures',
  enabled: ({ compare, capability, cancelDrawing }) =>
    capability?.kind === 'ready' && !compare.busy && cancelDrawing === null && judgeable(compare.columns) !== null,
  perform: judgeColumns,
};
