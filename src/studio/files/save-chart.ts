/** @file A chart handed to the user as a file. */
import type { DrawnChart } from '../numbers/drawn-chart';
import { chartCsv } from './chart-csv';
import { fileName, saveFile } from './save-file';

export function saveChartCsv(chart: DrawnChart): void {
  saveFile(fileName(chart.title, 'csv'), chartCsv(chart), 'text/csv');
}

export async function saveChartSvg(chart: DrawnChart): Promise<void> {
  const [{ chartSvg }, { browserMeasure }] = await Promise.all([
    import('../pictures/chart-svg'),
    import('../pictures/svg-png'),
  ]);
  saveFile(fileName(chart.title, 'svg'), chartSvg(chart, browserMeasure()), 'image/svg+xml');
}
