/**
 * @file What the studio keeps in IndexedDB: runs, the metrics of each of their updates, their snapshots, kept LoRAs and
 * sample pictures, sets of pictures to train from, and LoRAs of the Library. One schema a record; its type is inferred from it.
 *
 * Every record carries `version`; `migrations.ts` brings older ones forward, `parse-record.ts` checks what is read.
 */
import * as z from 'zod/mini';
import { judgedSchema } from '../formats/judged';
import { type Metrics, metricsSchema } from '../formats/metrics';
import type { RunFile } from '../formats/run-file';
import { integer } from '../formats/schema';
import { columnSchema, timelineSchema } from '../formats/timeline';
import { numbersSchema, progressSchema } from '../formats/trainer-state';

const text = z.string({ error: 'text' });
const words = z.array(text, { error: 'a list of texts' });
const step = integer(0, 1e9);
const time = z.number({ error: 'a time' });
const number = z.number({ error: 'a number' });
const bytes = z.custom<Uint8Array<ArrayBuffer>>((value) => value instanceof Uint8Array, { error: 'bytes' });
/** Checked by its own schema when it is read. */
const runFile = z.custom<RunFile>((value) => typeof value === 'object' && value !== null, { error: 'a run file' });

const wordChanges = z.array(z.object({ step, positive: words, negative: words }), { error: 'a list of changes' });

const run = z.object({
  version: z.literal(2),
  id: text,
  name: text,
  run: runFile,
  /** Updates done. */
  step,
  /** A run that trains now is `paused` here: that is what it is when its tab dies. */
  state: z.enum(['paused', 'stopped', 'finished'], { error: '"paused", "stopped" or "finished"' }),
  createdAt: time,
  updatedAt: time,
  /** sha256 of the base's transformer. */
  baseHash: text,
  /** Updates done when the control words were changed, with the words used from then on. */
  wordChanges,
  /** PNG bytes of the latest sample of the first prompt. */
  thumbnail: z.nullable(bytes),
  /** Metrics that version 1 kept here; they get records of their own when the run is next saved. */
  earlierMetrics: z.optional(z.array(metricsSchema, { error: 'a list of metrics' })),
  /** When it was deleted; it is purged some time later and can be brought back until then. */
  deletedAt: z.optional(time),
});

/** The metrics of one update, under its run and step. */
const metrics = z.object({ version: z.literal(1), runId: text, step, metrics: metricsSchema });

/** Everything a bit-equal resume needs; written in one transaction with its run's record. */
const snapshot = z.object({
  version: z.literal(1),
  runId: text,
  ...progressSchema.shape,
  ...numbersSchema.shape,
  /** The linears adapted, in the order of `parameters`: with them an export needs no base model. */
  linears: z.array(z.object({ name: text, in: integer(1, 1e9), out: integer(1, 1e9) }), { error: 'a list of linears' }),
});

/** The LoRA as it was after `step` updates: the .safetensors file as it would be exported. */
const kept = z.object({ version: z.literal(1), runId: text, step, file: bytes });

/** The sample grid drawn after `step` updates. */
const sample = z.object({
  version: z.literal(1),
  runId: text,
  step,
  prompts: words,
  seeds: z.array(number, { error: 'a list of seeds' }),
  /** PNG bytes, one picture a prompt. */
  pictures: z.array(bytes, { error: 'a list of pictures' }),
  /** What the judge said of them; absent where there was none. */
  judged: z.optional(judgedSchema),
});

/** The timeline after `step` updates: its numbers, and its pictures on one sheet (sheets/timeline-pictures.ts). */
const frame = z.object({
  version: z.literal(1),
  runId: text,
  step,
  timeline: z.extend(timelineSchema, { columns: z.array(columnSchema, { error: 'a list of noise levels' }) }),
  /** Size of one picture. */
  width: integer(1, 16_384),
  height: integer(1, 16_384),
  /** PNG or WebP. */
  sheet: bytes,
});

/** A person's votes on the pictures of the update that makes this step, as far as they are cast; null: not counted. */
const votes = z.object({
  version: z.literal(1),
  runId: text,
  step,
  /** -1 for a picture that nobody has voted on yet. */
  votes: z.array(z.nullable(z.union([z.literal(0), z.literal(1), z.literal(-1)], { error: 'a vote' })), {
    error: 'a list of votes',
  }),
});

/** A picture to train from, at the size of the base's pictures: its own thumbnail. */
const picture = z.object({
  version: z.literal(1),
  /** Its set's name. */
  set: text,
  /** Its file's name, by which a set is in order. */
  name: text,
  caption: text,
  /** sha256 of its pixels. */
  hash: text,
  /** PNG bytes. */
  file: bytes,
});

/** What a base's encoder made of a picture. */
const latents = z.object({
  version: z.literal(1),
  set: text,
  name: text,
  /** Of the picture that was encoded. */
  hash: text,
  /** The base that encoded it. */
  base: text,
  latents: z.custom<Float32Array<ArrayBuffer>>((value) => value instanceof Float32Array, { error: 'numbers' }),
});

const lora = z.object({
  version: z.literal(1),
  id: text,
  name: text,
  createdAt: time,
  /** The .safetensors file itself: keys, metadata and all; or a PEFT folder as zip, as it was imported. */
  file: bytes,
  rank: integer(1, 1e6),
  baseHash: z.nullable(text),
  runId: z.nullable(text),
  step: z.nullable(step),
  thumbnail: z.nullable(bytes),
  /** Control words it was trained with and their changes, where its file says them. */
  words: z.optional(z.object({ positive: words, negative: words, changes: wordChanges })),
  deletedAt: z.optional(time),
});

/** By the kind that begins a record's key; that of LoRAs is older than their name here. */
export const SCHEMAS = { run, metrics, snapshot, kept, sample, frame, votes, picture, latents, adapter: lora };

export type RunRecord = z.output<typeof run>;
export type MetricsRecord = Omit<z.output<typeof metrics>, 'metrics'> & { metrics: Metrics };
export type SnapshotRecord = z.output<typeof snapshot>;
export type KeptLoraRecord = z.output<typeof kept>;
export type SampleRecord = z.output<typeof sample>;
export type FrameRecord = z.output<typeof frame>;
export type VotesRecord = z.output<typeof votes>;
export type PictureRecord = z.output<typeof picture>;
export type LatentsRecord = z.output<typeof latents>;
export type LoraRecord = z.output<typeof lora>;

/** The parts of a run that have records of their own. */
export const RUN_PARTS = ['snapshot', 'metrics', 'kept', 'sample', 'frame', 'votes'] as const;
