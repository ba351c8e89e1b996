/** @file The sample grids of a run, as PNG files, one record a training step. */
import { promisifyRequest, readAll, transact } from './database';
import { parseReadable, parseRecord } from './parse-record';
import type { SampleRecord } from './records';

/** Stores one grid and shows its first picture as the run's thumbnail. */
export async function putSamples(sample: SampleRecord): Promise<void> {
  const { runId, step } = sample;
  await transact('readwrite', async (records) => {
    const value = await promisifyRequest(records.get(['run', runId]));
    if (value === undefined) return;
    records.put(sample, ['sample', runId, step]);
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
