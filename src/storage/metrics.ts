/** @file The metrics of a run, one record an update. */
import type { Metrics } from '../formats/metrics';
import { read, readAll } from './database';
import { parseReadable, parseRecord } from './parse-record';
import type { RunRecord } from './records';

/** Every update's metrics, in order. @param report called with a sentence for each record that is damaged */
export async function listMetrics(
  { id, earlierMetrics = [] }: Pick<RunRecord, 'id' | 'earlierMetrics'>,
  report: (sentence: string) => void = console.warn,
): Promise<Metrics[]> {
  const records = parseReadable('metrics', await readAll('metrics', id), report);
  return [...earlierMetrics, ...records.map(({ metrics }) => metrics)];
}

/** The metrics of one update; undefined where there are none. @throws UserError where the record is damaged */
export async function metricsAt(
  { id, earlierMetrics = [] }: Pick<RunRecord, 'id' | 'earlierMetrics'>,
  step: number,
): Promise<Metrics | undefined> {
  const value = await read(['metrics', id, step]);
  if (value !== undefined) return parseRecord('metrics', value).metrics;
  return earlierMetrics.find((line) => line.step === step);
}

/** The metrics of the run's last update; undefined before the first. @throws UserError where the record is damaged */
export const lastMetrics = (run: Pick<RunRecord, 'id' | 'step' | 'earlierMetrics'>): Promise<Metrics | undefined> =>
  metricsAt(run, run.step);
