/** @file The numbers of a chart as comma-separated values. */
import type { DrawnChart } from '../numbers/drawn-chart';
import { csvText } from './csv';

/** A line a position: where it is, then the value of every line as it was measured. */
export function chartCsv({ axis, x, lines }: DrawnChart): string {
  return csvText([
    [axis, ...lines.map(({ label }) => label)],
    ...x.map((position, i) => [position, ...lines.map(({ values }) => values[i])]),
  ]);
}
