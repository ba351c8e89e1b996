/**
 * @file Runs in the Library: listed, read, created, renamed, duplicated, deleted and brought back.
 *
 * A training worker writes its run through `saveProgress` (snapshots.ts); what the page changes here is merged with
 * that inside one transaction, so neither undoes the other.
 */
import { UserError } from '../errors';
import { below, promisifyRequest, read, readAll, transact } from './database';
import { unlike } from './names';
import { parseReadable, parseRecord } from './parse-record';
import { RUN_PARTS, type RunRecord } from './records';

/** Every run, deleted ones too. @param report called with a sentence for each record that is damaged */
export async function listRuns(report: (sentence: string) => void = console.warn): Promise<RunRecord[]> {
  return parseReadable('run', await readAll('run'), report);
}

/** @throws UserError where the record is damaged */
export async function getRun(id: string): Promise<RunRecord | undefined> {
  const value = await read(['run', id]);
  return value === undefined ? undefined : parseRecord('run', value);
}

/**
 * Changes a run's record as it is now.
 * @throws UserError where it is not there or damaged
 */
export async function changeRun(id: string, change: (run: RunRecord) => RunRecord): Promise<RunRecord> {
  return transact('readwrite', async (records) => {
    const value = await promisifyRequest(records.get(['run', id]));
    if (value === undefined) throw missingRun();
    const run = change(parseRecord('run', value));
    records.put(run, ['run', id]);
    return run;
  });
}

export async function renameRun(id: string, name: string): Promise<void> {
  await changeRun(id, (run) => ({ ...run, name }));
}

/** A copy of a run with its snapshot, kept LoRAs and samples, which can be trained on by itself. */
export async function duplicateRun(id: string): Promise<RunRecord> {
  const copyId = crypto.randomUUID();
  const now = Date.now();
  return transact('readwrite', async (records) => {
    const value = await promisifyRequest(records.get(['run', id]));
    if (value === undefined) throw missingRun();
    const run = parseRecord('run', value);
    const others = (await promisifyRequest(records.getAll(below('run')))) as RunRecord[];
    const name = unlike(
      `${run.name} copy`,
      others.map((other) => other.name),
    );
    const copy: RunRecord = { ...run, id: copyId, name, createdAt: now, updatedAt: now };
    records.put(copy, ['run', copyId]);
    for (const kind of RUN_PARTS) {
      const parts: { runId: string; step: number }[] = await promisifyRequest(records.getAll(below(kind, id)));
      for (const part of parts) {
        const key = kind === 'snapshot' ? [kind, copyId] : [kind, copyId, part.step];
        records.put({ ...part, runId: copyId }, key);
      }
    }
    return copy;
  });
}

/** Marks a run as deleted; `undeleteRun` brings it back until `purgeDeleted` removes it. */
export async function deleteRun(id: string): Promise<void> {
  await changeRun(id, (run) => ({ ...run, deletedAt: Date.now() }));
}

export async function undeleteRun(id: string): Promise<void> {
  await changeRun(id, ({ deletedAt: _, ...run }) => run);
}

export const missingRun = () => new UserError('This run is no longer in the Library.');
