/** @file Saves the numbers of every update as CSV. */

import { metricsCsv } from '../files/metrics-csv';
import { fileName, saveFile } from '../files/save-file';
import { getState, viewOf } from '../state/store';
import type { Action } from './action';

export const exportMetrics: Action = {
  id: 'export-metrics',
  label: 'Export metrics (.csv)',
  enabled: (state) => (viewOf(state)?.metrics.length ?? 0) > 0,
  perform: () => {
    const view = viewOf(getState())!;
    saveFile(fileName(view.name, 'csv'), metricsCsv(view.metrics, view), 'text/csv');
  },
};
