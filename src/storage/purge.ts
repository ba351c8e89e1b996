/** @file Removes for good what was deleted in the Library, once nobody can be about to undo it. */

import { below, promisifyRequest, transact } from './database';
import { RUN_PARTS } from './records';

/**
 * Removes deleted runs, with everything kept of them, and deleted LoRAs.
 *
 * @param before only what was deleted before this time (milliseconds since 1970)
 * @returns how many runs and LoRAs went
 */
export async function purgeDeleted(before = Number.POSITIVE_INFINITY): Promise<number> {
  return transact('readwrite', async (records) => {
    let purged = 0;
    for (const kind of ['run', 'adapter'] as const) {
      const stored: { id: string; deletedAt?: number }[] = await promisifyRequest(records.getAll(below(kind)));
      for (const { id, deletedAt } of stored) {
        if (typeof id !== 'string' || deletedAt === undefined || deletedAt >= before) continue;
        for (const part of kind === 'run' ? (['run', ...RUN_PARTS] as const) : [kind]) {
          records.delete(below(part, id));
        }
        purged++;
      }
    }
    return purged;
  });
}
