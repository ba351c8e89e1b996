/** @file The metrics of a run as comma-separated values, one line an update, columns as in metrics.jsonl. */
import type { Metrics } from '../../formats/metrics';

/**
 * RFC 4180 text: a head line with every column that an update has, then one line an update; text is quoted where it has
 * to be, the plan is its JSON.
 */
export function metricsCsv(metrics: readonly Metrics[]): string {
  const columns = [...new Set(metrics.flatMap((line) => Object.keys(line)))];
  const cell = (value: unknown): string => {
    if (value === null || value === undefined) return '';
    const text = typeof value === 'object' ? JSON.stringify(value) : String(value);
    return /[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  };
  const lines = metrics.map((line) => columns.map((column) => cell(line[column])).join(','));
  return `${[columns.join(','), ...lines].join('\r\n')}\r\n`;
}
