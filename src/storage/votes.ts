/**
 * @file Votes of a person who is a run's reward, kept while they are cast: a page that is reloaded goes on where it stood.
 */
import { promisifyRequest, read, transact } from './database';
import { parseRecord } from './parse-record';
import type { VotesRecord } from './records';

/** Stores the votes on the pictures of update `step`, in place of those of any other update. */
export async function putVotes(votes: VotesRecord): Promise<void> {
  const { runId, step } = votes;
  await transact('readwrite', async (records) => {
    // A run that is not kept keeps no votes.
    if ((await promisifyRequest(records.count(['run', runId]))) === 0) return;
    records.put(votes, ['votes', runId, step]);
    if (step > 1) records.delete(['votes', runId, step - 1]);
  });
}

/** @throws UserError where the record is damaged */
export async function getVotes(runId: string, step: number): Promise<VotesRecord['votes'] | undefined> {
  const value = await read(['votes', runId, step]);
  return value === undefined ? undefined : parseRecord('votes', value).votes;
}
