/** @file The metrics of a run as comma-separated values, one line an update, columns as in metrics.jsonl. */
import type { Metrics } from '../../worker/protocol';

const COLUMNS = [
  'step',
  'sigmaIndex',
  'sigma',
  'rewardDenoise',
  'rewardInversion',
  'lossDenoise',
  'lossInversion',
  'gradNorm',
  'saturation',
  'positive',
  'negative',
  'seconds',
] as const satisfies (keyof Metrics)[];

/** RFC 4180 text: a head line, then one line an update; text is quoted where it has to be. */
export function metricsCsv(metrics: Metrics[]): string {
  const cell = (value: string | number | null) =>
    typeof value !== 'string'
      ? String(value ?? '')
      : /[",\n\r]/.test(value)
        ? `"${value.replaceAll('"', '""')}"`
        : value;
  const lines = metrics.map((m) => COLUMNS.map((column) => cell(m[column])).join(','));
  return `${[COLUMNS.join(','), ...lines].join('\r\n')}\r\n`;
}
