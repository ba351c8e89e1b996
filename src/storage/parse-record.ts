/**
 * @file What is read from IndexedDB is checked before use: a record that a crash, another program or an older version
 * left damaged is reported in a sentence and never trained on.
 */
import type * as z from 'zod/mini';
import { UserError } from '../errors';
import { parseWith } from '../formats/schema';
import { parseRunFile } from '../methods/run-file';
import { MIGRATIONS, migrate } from './migrations';
import {
  type FrameRecord,
  type KeptLoraRecord,
  type LatentsRecord,
  type LoraRecord,
  type MetricsRecord,
  type PictureRecord,
  type RunRecord,
  type SampleRecord,
  SCHEMAS,
  type SnapshotRecord,
  type VotesRecord,
} from './records';

interface Records {
  run: RunRecord;
  metrics: MetricsRecord;
  snapshot: SnapshotRecord;
  kept: KeptLoraRecord;
  sample: SampleRecord;
  frame: FrameRecord;
  votes: VotesRecord;
  picture: PictureRecord;
  latents: LatentsRecord;
  adapter: LoraRecord;
}

const NAMES: Record<keyof Records, string> = {
  run: 'run',
  metrics: 'metrics of an update',
  snapshot: 'snapshot of a run',
  kept: 'kept LoRA',
  sample: 'sample grid',
  frame: 'timeline',
  votes: 'votes',
  picture: 'picture',
  latents: 'latents of picture',
  adapter: 'LoRA',
};

/**
 * A record as it came out of the database, in today's version.
 * @throws UserError naming the record, the key that is wrong and what was expected
 */
export function parseRecord<K extends keyof Records>(kind: K, value: unknown): Records[K] {
  const name = (value as { name?: unknown } | null)?.name;
  const what = `The stored ${NAMES[kind]}${typeof name === 'string' ? ` “${name}”` : ''}`;
  const record = parseWith(SCHEMAS[kind] as z.ZodMiniType, migrate(value, MIGRATIONS[kind], what), what);
  if (kind === 'run') (record as RunRecord).run = parseRunFile((record as RunRecord).run, `${what}: run file`);
  if (kind === 'snapshot') checkSizes(record as SnapshotRecord, what);
  return record as Records[K];
}

/** Records that can be read; each that cannot is reported in a sentence and left where it is. */
export function parseReadable<K extends keyof Records>(
  kind: K,
  values: readonly unknown[],
  report: (sentence: string) => void,
): Records[K][] {
  return values.flatMap((value) => {
    try {
      return [parseRecord(kind, value)];
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      report(error.message);
      return [];
    }
  });
}

function checkSizes({ parameters, firstMoment, secondMoment, old }: SnapshotRecord, what: string): void {
  const { length } = parameters;
  if ([firstMoment, secondMoment, old ?? parameters].some((part) => part.length !== length)) {
    throw new UserError(`${what} is damaged: its moments have other sizes than its parameters.`);
  }
}
