/**
 * @file What there is to say about an open base bundle and a graphics adapter: the worker tells the page, which shows it.
 */
import * as z from 'zod/mini';
import { perceptionSchema } from './perception';
import { integer } from './schema';

const text = z.string({ error: 'text' });
const number = z.number({ error: 'a number' });
const count = integer(0, Number.MAX_SAFE_INTEGER);

export const bundleInfoSchema = z.strictObject({
  name: text,
  version: number,
  /** sha256 of the base, as exports name it. */
  hash: text,
  imageWidth: count,
  imageHeight: count,
  parameters: count,
  dtype: text,
  rewards: z.array(text),
  /** What trainers adapt of it where nobody says otherwise, as `lora.targets` of a run file. */
  targets: z.array(text),
  guidanceEmbeds: z.boolean({ error: 'true or false' }),
  attribution: z.array(text),
  licence: text,
  /** Texts that were encoded before and are all that can be drawn, empty where there is a text encoder. */
  texts: z.array(text),
  /** Groups of words the base was trained on, empty where the bundle has none. */
  words: z.array(z.array(text)),
  /** Control words of each style the base was taught, empty where the bundle does not say. */
  styles: z.array(z.array(text)),
  /** 5th and 95th percentile of the saturation of real pictures, style by style; empty where the bundle does not say. */
  saturations: z.array(z.object({ p5: number, p95: number })),
  /** How its rewards see its control words; null where the bundle does not say. */
  perception: z.nullable(perceptionSchema),
  bytes: count,
});

export const gpuInfoSchema = z.strictObject({
  name: text,
  software: z.boolean({ error: 'true or false' }),
  features: z.array(text),
  memoryBytes: count,
});

export type BundleInfo = z.output<typeof bundleInfoSchema>;
export type GpuInfo = z.output<typeof gpuInfoSchema>;
