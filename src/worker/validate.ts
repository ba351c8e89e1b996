/**
 * @file Checks every message at both ends: requests in the worker, events in the page. One that does not fit the
 * protocol is an error that names the field; none is ignored.
 */
import * as z from 'zod/mini';
import { evaluationSchema } from '../formats/evaluation';
import { bundleInfoSchema, gpuInfoSchema } from '../formats/infos';
import { judgedSchema } from '../formats/judged';
import { metricsSchema } from '../formats/metrics';
import { perceptionSchema } from '../formats/perception';
import type { RunFile } from '../formats/run-file';
import { integer, parseWith, real, text, texts } from '../formats/schema';
import { columnSchema, timelineSchema } from '../formats/timeline';
import { parseRunFile } from '../methods/run-file';
import type { Event, Picture, Request } from './protocol';

type SchemasOf<Message extends { type: string }> = {
  [T in Message['type']]: z.ZodMiniType<Extract<Message, { type: T }>>;
};

const string = z.string({ error: 'text' });
const number = z.number({ error: 'a number' });
const boolean = z.boolean({ error: 'true or false' });
const requestId = integer(0, Number.MAX_SAFE_INTEGER);
const count = integer(0, Number.MAX_SAFE_INTEGER);
const steps = integer(1, 100_000);
const runId = text('the id of a run');
const seed = integer(0, 2 ** 32 - 1);
const sigma = z
  .number({ error: 'a noise level from 0 up to, but not, 1' })
  .check(z.refine((value) => value >= 0 && value < 1, { error: 'a noise level from 0 up to, but not, 1' }));
const list = <T extends z.ZodMiniType>(of: T, least = 1) =>
  z.array(of, { error: 'a list' }).check(z.minLength(least, { error: `a list of at least ${least}` }));
const buffer = z.custom<ArrayBuffer>((value) => value instanceof ArrayBuffer, { error: 'an ArrayBuffer' });
const run = z.pipe(
  z.custom<RunFile>((value) => typeof value === 'object' && value !== null, { error: 'a run file' }),
  z.transform((value) => parseRunFile(value, 'The run file')),
) as unknown as z.ZodMiniType<RunFile>;

const bundle = z.discriminatedUnion(
  'kind',
  [
    z.strictObject({ kind: z.literal('url'), base: text('the address of a bundle') }),
    z.strictObject({
      kind: z.literal('files'),
      name: string,
      files: z.array(
        z.strictObject({
          path: string,
          file: z.custom<File>((value) => value instanceof Blob, { error: 'a file' }),
        }),
        { error: 'a list of files' },
      ),
      options: z.optional(
        z.strictObject({
          quantise: z.optional(z.enum(['Q8_0', 'Q4_0'], { error: '"Q8_0" or "Q4_0"' })),
          size: z.optional(integer(16, 4096)),
          textTokens: z.optional(integer(2, 4096)),
          modulationsAhead: z.optional(z.boolean()),
        }),
      ),
    }),
  ],
  { error: 'where a bundle is: kind "url" or "files"' },
);

const lora = z.discriminatedUnion(
  'kind',
  [
    z.strictObject({ kind: z.literal('base') }),
    z.strictObject({ kind: z.literal('stored'), loraId: text('the id of a LoRA') }),
    z.strictObject({ kind: z.literal('run'), runId, step: z.optional(count) }),
    z.strictObject({ kind: z.literal('file'), bytes: buffer, name: string }),
  ],
  { error: 'a LoRA: kind "base", "stored", "run" or "file"' },
);

const vote = z.nullable(z.union([z.literal(0), z.literal(1)], { error: '1 (better), 0 (worse) or null' }));

const type = <T extends string>(name: T) => z.literal(name);

const picture = z.custom<Picture>(
  (value) => {
    const { width, height, data } = (value ?? {}) as Partial<Picture>;
    return data instanceof Uint8ClampedArray && data.length === 4 * (width ?? 0) * (height ?? 0) && data.length > 0;
  },
  { error: 'a picture of width × height RGBA bytes' },
);

const requests: SchemasOf<Request> = {
  describe: z.strictObject({ type: type('describe'), requestId, bundle }),
  weigh: z.strictObject({
    type: type('weigh'),
    requestId,
    bundle,
    room: z.strictObject({ binding: z.nullable(number), memory: z.nullable(number) }),
    rank: integer(1, 1024),
  }),
  open: z.strictObject({ type: type('open'), requestId, bundle }),
  start: z.strictObject({
    type: type('start'),
    runId,
    run,
    name: z.optional(text('a name')),
    warmStart: z.optional(lora),
  }),
  resume: z.strictObject({ type: type('resume'), runId, steps: z.optional(steps) }),
  pause: z.strictObject({ type: type('pause') }),
  step: z.strictObject({ type: type('step') }),
  continue: z.strictObject({ type: type('continue') }),
  stop: z.strictObject({ type: type('stop'), discard: z.optional(z.literal(true)) }),
  extend: z.strictObject({ type: type('extend'), steps }),
  'set-words': z.strictObject({
    type: type('set-words'),
    positive: texts('at least one control word that is not empty'),
    negative: texts('at least one control word that is not empty'),
  }),
  votes: z.strictObject({ type: type('votes'), step: steps, votes: list(vote) }),
  inspect: z.strictObject({
    type: type('inspect'),
    requestId,
    run,
    prompt: z.nullable(string),
    seed,
    lora,
    sigmas: list(sigma),
  }),
  generate: z.strictObject({
    type: type('generate'),
    requestId,
    pictures: list(z.strictObject({ prompt: string, seed })),
    steps: integer(1, 1000),
    guidance: real(0, 100),
    lora,
    strength: real(-10, 10),
  }),
  check: z.strictObject({
    type: type('check'),
    requestId,
    loras: z.array(z.strictObject({ lora, strength: real(-10, 10) })),
  }),
  judge: z.strictObject({
    type: type('judge'),
    requestId,
    sides: list(z.strictObject({ name: string, pictures: list(picture) })),
    prompts: list(string),
    seeds: steps,
    steps: integer(1, 1000),
    guidance: real(0, 100),
    positive: list(string),
    negative: list(string),
  }),
  perceive: z.strictObject({
    type: type('perceive'),
    requestId,
    word: text('a control word that is not empty'),
    rewards: list(text('the name of a reward')),
  }),
  cancel: z.strictObject({ type: type('cancel'), requestId }),
  export: z.strictObject({
    type: type('export'),
    requestId,
    lora,
    format: z.enum(['safetensors', 'peft-zip'], { error: '"safetensors" or "peft-zip"' }),
  }),
  'destroy-device': z.strictObject({ type: type('destroy-device') }),
};

const timeline = z.strictObject({
  ...timelineSchema.shape,
  clean: picture,
  columns: list(
    z.strictObject({ ...columnSchema.shape, injected: picture, recovered: z.optional(picture), oneStep: picture }),
  ),
});

const events: SchemasOf<Event> = {
  described: z.strictObject({
    type: type('described'),
    requestId,
    info: bundleInfoSchema,
    downloadBytes: count,
    cachedBytes: count,
  }),
  download: z.strictObject({
    type: type('download'),
    requestId,
    file: string,
    loadedBytes: count,
    totalBytes: count,
  }),
  weighed: z.strictObject({
    type: type('weighed'),
    requestId,
    sum: z.strictObject({
      parts: z.array(z.strictObject({ what: string, bytes: count })),
      total: count,
      largest: z.strictObject({ what: string, bytes: count }),
    }),
    problem: z.nullable(string),
  }),
  opened: z.strictObject({ type: type('opened'), requestId, info: bundleInfoSchema, gpu: gpuInfoSchema }),
  progress: z.strictObject({
    type: type('progress'),
    phase: z.enum(
      ['loading', 'tuning', 'pictures', 'rollout', 'branches', 'samples', 'judging', 'timeline', 'saving'],
      {
        error: 'a phase',
      },
    ),
    done: count,
    total: count,
  }),
  state: z.strictObject({
    type: type('state'),
    runId,
    state: z.enum(['starting', 'running', 'paused', 'stopped', 'finished'], { error: 'a state' }),
    step: count,
    steps: count,
    secondsPerStep: number,
    memoryBytes: count,
  }),
  words: z.strictObject({
    type: type('words'),
    runId,
    wordChanges: z.array(z.strictObject({ step: count, positive: z.array(string), negative: z.array(string) })),
  }),
  metrics: z.strictObject({ type: type('metrics'), runId, metrics: metricsSchema }),
  samples: z.strictObject({
    type: type('samples'),
    runId,
    step: count,
    prompts: z.array(string),
    seeds: z.array(number),
    pictures: z.array(picture),
    judged: z.nullable(judgedSchema),
  }),
  sampled: z.strictObject({
    type: type('sampled'),
    runId,
    step: count,
    prompts: z.array(string),
    seeds: z.array(number),
    first: count,
    pictures: z.array(picture),
  }),
  frame: z.strictObject({ type: type('frame'), runId, timeline }),
  ballot: z.strictObject({
    type: type('ballot'),
    runId,
    step: steps,
    group: steps,
    prompts: list(string),
    pictures: list(picture),
  }),
  snapshot: z.strictObject({ type: type('snapshot'), runId, step: count }),
  timeline: z.strictObject({ type: type('timeline'), requestId, timeline }),
  drawn: z.strictObject({ type: type('drawn'), requestId, first: count, pictures: list(picture) }),
  generated: z.strictObject({ type: type('generated'), requestId, warnings: z.array(string) }),
  checked: z.strictObject({ type: type('checked'), requestId }),
  judged: z.strictObject({ type: type('judged'), requestId, evaluation: evaluationSchema }),
  perceiving: z.strictObject({
    type: type('perceiving'),
    requestId,
    word: z.nullable(string),
    done: count,
    total: count,
  }),
  perceived: z.strictObject({ type: type('perceived'), requestId, perception: perceptionSchema }),
  exported: z.strictObject({ type: type('exported'), requestId, fileName: string, bytes: buffer }),
  warning: z.strictObject({ type: type('warning'), message: string }),
  lost: z.strictObject({ type: type('lost'), reason: string, attempt: count }),
  recovered: z.strictObject({ type: type('recovered'), step: count }),
  failed: z.strictObject({
    type: type('failed'),
    requestId: z.optional(requestId),
    runId: z.optional(runId),
    message: string,
    retry: boolean,
  }),
};

/** @throws UserError naming the first field that is missing, wrong or unknown */
export function parseRequest(message: unknown): Request {
  return parseMessage<Request>(requests, message, 'request');
}

/** @throws UserError naming the first field that is missing, wrong or unknown */
export function parseEvent(message: unknown): Event {
  return parseMessage<Event>(events, message, 'event');
}

function parseMessage<M extends { type: string }>(schemas: SchemasOf<M>, message: unknown, kind: string): M {
  const name = (message as { type?: unknown } | null)?.type;
  const known = Object.keys(schemas);
  const { type: named } = parseWith(
    z.looseObject({ type: z.enum(known, { error: `one of ${known.join(', ')}` }) }, { error: 'an object with a type' }),
    message,
    `A ${kind} of the worker protocol`,
  );
  return parseWith(schemas[named as M['type']], message, `The ${kind} "${String(name)}"`) as M;
}
