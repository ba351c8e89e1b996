/** @file Saves the numbers of every update as CSV. */

import { metricsCsv } from '../files/metrics-csv';
import { saveFile } from '../files/save-file';
import { getState, viewOf } from '../state/store';
import type { Action } from './action';

export const exportMetrics: Action = {
  id: 'export-metrics',
  label: 'Export metrics (.csv)',
  enabled: (state) => (viewOf(state)?.metrics.length ?? 0) > 0,
  perform: () => saveFile('metrics.csv', metricsCsv(viewOf(getState())!.metrics), 'text/csv'),
};
