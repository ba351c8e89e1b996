/**
 * @file What is read from IndexedDB is checked before use: a record that a crash, another program or an older version
 * left damaged is reported in a sentence and never trained on.
 */
import * as z from 'zod/mini';
import { UserError } from '../errors';
import { metricsSchema } from '../formats/metrics';
import { parseRunFile, type RunFile } from '../formats/run-file';
import { integer, parseWith } from '../formats/schema';
import { MIGRATIONS, migrate } from './migrations';
import type { KeptLoraRecord, LoraRecord, RunRecord, SampleRecord, SnapshotRecord } from './types';

const id = z.string({ error: 'text' });
const words = z.array(id, { error: 'a list of texts' });
const steps = integer(0, 1e9);
const time = z.number({ error: 'a time' });
const number = z.number({ error: 'a number' });
const bytes = z.custom<Uint8Array<ArrayBuffer>>((value) => value instanceof Uint8Array, { error: 'bytes' });
const floats = z.custom<Float32Array<ArrayBuffer>>((value) => value instanceof Float32Array, { error: 'numbers' });
const runFile = z.custom<RunFile>((value) => typeof value === 'object' && value !== null, { error: 'a run file' });

const run = z.object({
  version: z.literal(1),
  id,
  name: id,
  run: runFile,
  step: steps,
  state: z.enum(['paused', 'stopped', 'finished'], { error: '"paused", "stopped" or "finished"' }),
  createdAt: time,
  updatedAt: time,
  baseHash: id,
  metrics: z.array(metricsSchema, { error: 'a list of metrics' }),
  wordChanges: z.array(z.object({ step: steps, positive: words, negative: words }), { error: 'a list of changes' }),
  thumbnail: z.nullable(bytes),
  keptSteps: z.array(steps, { error: 'a list of steps' }),
  deletedAt: z.optional(time),
});

const snapshot = z.object({
  version: z.literal(1),
  runId: id,
  step: steps,
  parameters: floats,
  firstMoment: floats,
  secondMoment: floats,
  rngState: z
    .string({ error: 'a random state' })
    .check(z.regex(/^[0-9a-f]{8}(-[0-9a-f]{8}){3}$/, { error: 'a random state' })),
  kernelVariants: z.record(z.string(), id),
  positive: words,
  negative: words,
  linears: z.array(z.object({ name: id, in: integer(1, 1e9), out: integer(1, 1e9) }), { error: 'a list of linears' }),
});

const kept = z.object({ version: z.literal(1), runId: id, step: steps, file: bytes });

const sample = z.object({
  version: z.literal(1),
  runId: id,
  step: steps,
  prompts: words,
  seeds: z.array(number, { error: 'a list of seeds' }),
  pictures: z.array(bytes, { error: 'a list of pictures' }),
});

const lora = z.object({
  version: z.literal(1),
  id,
  name: id,
  createdAt: time,
  file: bytes,
  rank: integer(1, 1e6),
  baseHash: z.nullable(id),
  runId: z.nullable(id),
  step: z.nullable(steps),
  thumbnail: z.nullable(bytes),
  deletedAt: z.optional(time),
});

const schemas = { run, snapshot, kept, sample, adapter: lora };

interface Records {
  run: RunRecord;
  snapshot: SnapshotRecord;
  kept: KeptLoraRecord;
  sample: SampleRecord;
  adapter: LoraRecord;
}

const NAMES: Record<keyof Records, string> = {
  run: 'run',
  snapshot: 'snapshot of a run',
  kept: 'kept LoRA',
  sample: 'sample grid',
  adapter: 'LoRA',
};

/**
 * A record as it came out of the database, in today's version.
 * @throws UserError naming the record, the key that is wrong and what was expected
 */
export function parseRecord<K extends keyof Records>(kind: K, value: unknown): Records[K] {
  const name = (value as { name?: unknown } | null)?.name;
  const what = `The stored ${NAMES[kind]}${typeof name === 'string' ? ` “${name}”` : ''}`;
  const record = parseWith(schemas[kind] as z.ZodMiniType, migrate(value, MIGRATIONS[kind], what), what);
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

function checkSizes({ parameters, firstMoment, secondMoment }: SnapshotRecord, what: string): void {
  const { length } = parameters;
  if (firstMoment.length !== length || secondMoment.length !== length) {
    throw new UserError(`${what} is damaged: its moments have other sizes than its parameters.`);
  }
}
