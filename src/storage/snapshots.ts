/**
 * @file Progress of a run: its record, the snapshot to resume from, the metrics of an update and, where one is due, a
 * kept LoRA, in one transaction. Where it fails, the previous snapshot and record stay together as they were.
 */
import type { Metrics } from '../formats/metrics';
import { promisifyRequest, QuotaError, read, readKeys, transact } from './database';
import { parseRecord } from './parse-record';
import { purgeDeleted } from './purge';
import type { KeptLoraRecord, MetricsRecord, RunRecord, SnapshotRecord } from './records';
import { missingRun } from './runs';

/** What training changes in a run's record; its name and whether it is deleted are the page's. */
export type RunProgress = Pick<RunRecord, 'id' | 'run' | 'step' | 'state' | 'wordChanges'>;

/** What an update adds beside its run's record. */
export interface Saved {
  snapshot?: SnapshotRecord;
  metrics?: Metrics;
  kept?: KeptLoraRecord;
}

/**
 * Stores a run that does not exist yet.
 * @throws UserError where a run of this id is there already, or the browser has no room
 */
export async function createRun(run: RunRecord, snapshot: SnapshotRecord): Promise<void> {
  await withRoom(() =>
    transact('readwrite', async (records) => {
      if ((await promisifyRequest(records.count(['run', run.id]))) > 0) {
        throw new Error(`Run ${run.id} exists already.`);
      }
      records.put(run, ['run', run.id]);
      records.put(snapshot, ['snapshot', run.id]);
    }),
  );
}

/**
 * Stores where a run stands: its small record, the snapshot in place of the former one, and one more record of metrics.
 * @throws UserError where the run was purged from the Library, or the browser has no room
 */
export async function saveProgress(progress: RunProgress, { snapshot, metrics, kept }: Saved = {}): Promise<void> {
  const { id, run, step, state, wordChanges } = progress;
  const changes = { run, step, state, wordChanges, updatedAt: Date.now() };
  await withRoom(() =>
    transact('readwrite', async (records) => {
      const value = await promisifyRequest(records.get(['run', id]));
      if (value === undefined) throw missingRun();
      const { earlierMetrics = [], ...stored } = parseRecord('run', value);
      records.put({ ...stored, ...changes }, ['run', id]);
      for (const line of [...earlierMetrics, ...(metrics ? [metrics] : [])]) {
        const record: MetricsRecord = { version: 1, runId: id, step: line.step, metrics: line };
        records.put(record, ['metrics', id, line.step]);
      }
      if (snapshot) records.put(snapshot, ['snapshot', id]);
      if (kept) records.put(kept, ['kept', id, kept.step]);
    }),
  );
}

/** @throws UserError where the record is damaged */
export async function getSnapshot(runId: string): Promise<SnapshotRecord | undefined> {
  const value = await read(['snapshot', runId]);
  return value === undefined ? undefined : parseRecord('snapshot', value);
}

/** The LoRA kept after `step` updates. @throws UserError where the record is damaged */
export async function getKeptLora(runId: string, step: number): Promise<KeptLoraRecord | undefined> {
  const value = await read(['kept', runId, step]);
  return value === undefined ? undefined : parseRecord('kept', value);
}

/** Steps of which a LoRA is kept, in order. */
export async function keptSteps(runId: string): Promise<number[]> {
  return (await readKeys('kept', runId)).map(([, , step]) => Number(step));
}

/** Tries once more after removing what the user has deleted. */
async function withRoom(save: () => Promise<void>): Promise<void> {
  try {
    await save();
  } catch (error) {
    if (!(error instanceof QuotaError) || (await purgeDeleted()) === 0) throw error;
    await save();
  }
}
