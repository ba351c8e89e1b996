/** @file The sample grids of a run, as PNG files, one record a training step. */
import type { Metrics } from '../formats/metrics';
import { promisifyRequest, readAll, transact } from './database';
import { parseReadable, parseRecord } from './parse-record';
import type { MetricsRecord, SampleRecord } from './records';

/**
 * Stores one grid and shows its first picture as the run's thumbnail.
 * @param metrics of the grid's update, with what the judge said of it
 */
export async function putSamples(sample: SampleRecord, metrics?: Metrics): Promise<void> {
  const { runId, step } = sample;
  await transact('readwrite', async (records) => {
    const value = await promisifyRequest(records.get(['run', runId]));
    if (value === undefined) return;
    records.put(sample, ['sample', runId, step]);
    if (metrics) {
      const record: MetricsRecord = { version: 1, runId, step, metrics };
      records.put(record, ['metrics', runId, step]);
    }
    records.put({ ...parseRecord('run', value), thumbnail: sample.pictures[0] ?? null }, ['run', runId]);
  });
}

/** A run's grids, by training step. @param report called with a sentence for each record that is damaged */
export async function listSamples(
  runId: string,
  report: (sentence: string) => void = console.warn,
): Promise<SampleRecord[]> {
  return parseReadable('sample', await readAll('sample', runId), report);
}
