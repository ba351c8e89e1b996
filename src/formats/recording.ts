/**
 * @file A recorded run: what the studio plays where no training runs (first visit, no WebGPU).
 *
 * A recording is a folder, `public/recordings/NAME/`:
 *
 * - `recording.json`, the object below;
 * - `frame-000010.webp` (or .png): the timeline after that update as one picture sheet of square or oblong cells, each
 *   `cell.width` × `cell.height`. Rows as `ROWS` of timeline.ts has them for what the reward sees: injected, recovered
 *   where there is a recovery, one step; one column for every entry of `columns`, and in row 0 one more column at the
 *   end: the clean picture (the others leave it empty);
 * - `samples-000010.webp` (or .png): one row of cells, one for every sample prompt.
 *
 * Its numbers are the worker's own records: `metrics` lines as in metrics.jsonl, `frames` as `Timeline` with the
 * pictures taken out. Everything is made by `studio record` from a real run; nothing in it is written by hand.
 */
import * as z from 'zod/mini';
import { judgedSchema } from './judged';
import { metricsSchema } from './metrics';
import { integer, parseWith, text } from './schema';
import { columnSchema, timelineSchema } from './timeline';

const number = z.number();
const words = z.array(z.string());

const frame = z.extend(timelineSchema, {
  sheet: text('the name of a picture file'),
  columns: z.array(columnSchema).check(z.minLength(1)),
});

const samples = z.object({
  step: integer(0, 1e9),
  sheet: text('the name of a picture file'),
  prompts: words,
  seeds: z.array(number),
  /** What the judge said of them, where it was asked. */
  judged: z.optional(z.nullable(judgedSchema)),
});

const schema = z.object({
  version: z.literal(1),
  name: z.string(),
  /** Where it was made: the adapter's name, for the caption. */
  made: z.string(),
  /** Size of one cell of every sheet, in pixels. */
  cell: z.object({ width: integer(1, 4096), height: integer(1, 4096) }),
  /** The run file, checked by its own schema when it is opened. */
  run: z.unknown(),
  metrics: z.array(metricsSchema),
  wordChanges: z.array(z.object({ step: number, positive: words, negative: words })),
  frames: z.array(frame).check(z.minLength(1)),
  samples: z.array(samples),
});

export type RecordingFile = z.output<typeof schema>;
export type RecordedFrame = z.output<typeof frame>;

/**
 * Checks a recording.json after JSON.parse.
 * @throws UserError naming the key that is wrong
 */
export function parseRecording(value: unknown): RecordingFile {
  return parseWith(schema, value, 'recording.json');
}
