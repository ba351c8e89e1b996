/** @file The timelines kept of a run, by training step. */
import { stepToDrop } from '../formats/kept-steps';
import { below, promisifyRequest, read, readKeys, transact } from './database';
import { parseRecord } from './parse-record';
import type { FrameRecord } from './records';

/** Stores a timeline; where a run has many, one of those close together goes. */
export async function putFrame(frame: FrameRecord): Promise<void> {
  const { runId, step } = frame;
  await transact('readwrite', async (records) => {
    // A run that is not kept keeps no timelines.
    if ((await promisifyRequest(records.count(['run', runId]))) === 0) return;
    records.put(frame, ['frame', runId, step]);
    const keys = await promisifyRequest(records.getAllKeys(below('frame', runId)));
    const steps = (keys as unknown as [string, string, number][]).map(([, , at]) => at).sort((a, b) => a - b);
    const gone = stepToDrop(steps);
    if (gone !== null) records.delete(['frame', runId, gone]);
  });
}

/** Steps of which a timeline is kept, in order. */
export async function frameSteps(runId: string): Promise<number[]> {
  return (await readKeys('frame', runId)).map(([, , step]) => Number(step)).sort((a, b) => a - b);
}

/** @throws UserError where the record is damaged */
export async function getFrame(runId: string, step: number): Promise<FrameRecord | undefined> {
  const value = await read(['frame', runId, step]);
  return value === undefined ? undefined : parseRecord('frame', value);
}
