/**
 * @file Progress of a run: its record, the snapshot to resume from and, where one is due, a kept LoRA, in one
 * transaction. Where it fails, the previous snapshot and record stay together as they were.
 */
import { promisifyRequest, QuotaError, read, transact } from './database';
import { purgeDeleted } from './purge';
import { missingRun } from './runs';
import { parseRecord } from './schemas';
import type { KeptLoraRecord, RunRecord, SnapshotRecord } from './types';

/** What training changes in a run's record; its name and whether it is deleted are the page's. */
export type RunProgress = Pick<RunRecord, 'id' | 'run' | 'step' | 'state' | 'metrics' | 'wordChanges' | 'keptSteps'>;

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
 * Stores where a run stands.
 * @throws UserError where the run was purged from the Library, or the browser has no room
 */
export async function saveProgress(
  progress: RunProgress,
  snapshot: SnapshotRecord | null,
  kept: KeptLoraRecord | null = null,
): Promise<void> {
  const { id, run, step, state, metrics, wordChanges, keptSteps } = progress;
  const changes = { run, step, state, metrics, wordChanges, keptSteps, updatedAt: Date.now() };
  await withRoom(() =>
    transact('readwrite', async (records) => {
      const value = await promisifyRequest(records.get(['run', id]));
      if (value === undefined) throw missingRun();
      records.put({ ...parseRecord('run', value), ...changes }, ['run', id]);
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

/** Tries once more after removing what the user has deleted. */
async function withRoom(save: () => Promise<void>): Promise<void> {
  try {
    await save();
  } catch (error) {
    if (!(error instanceof QuotaError) || (await purgeDeleted()) === 0) throw error;
    await save();
  }
}
