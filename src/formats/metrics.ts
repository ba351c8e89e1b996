/**
 * @file What is measured at every update: one line of metrics.jsonl, one record of the page's storage, one row of a
 * chart. The columns below are every method's; the others are named by the method (`Method.metrics`).
 */
import * as z from 'zod/mini';
import { integer, parseWith } from './schema';

const number = z.number({ error: 'a number' });
const word = z.string({ error: 'text' });

const common = z.object({
  /** Number of the update, from 1. */
  step: integer(1, 1e9),
  /** Its random choices, as `probe --plan` takes them. */
  plan: z.record(z.string(), z.unknown(), { error: 'an object' }),
  /** Mean reward of the update's pictures; of the denoise branch where there are two. */
  reward: number,
  /** What the gradient is of; over both branches where there are two. */
  loss: number,
  /** Global gradient norm before clipping. */
  gradNorm: number,
  /** Mean over the pictures' pixels of max − min over RGB. */
  saturation: number,
  positive: word,
  negative: word,
  seconds: number,
});

/** The common columns, and a number (or null where there is none) for each that the method adds. */
export type Metrics = z.output<typeof common> & { [column: string]: unknown };

/** Lines of before there were other methods name neither plan nor common reward and loss. */
function upgrade(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || 'plan' in value || !('rewardDenoise' in value)) return value;
  const { sigmaIndex, rewardDenoise, lossDenoise, lossInversion } = value as Record<string, number>;
  return { plan: { sigmaIndex }, reward: rewardDenoise, loss: lossDenoise + (lossInversion ?? 0), ...value };
}

const cell = z.nullable(z.number({ error: 'a number or null' }));

/** Checks a line, and brings one of an older version forward. */
export const metricsSchema = z.pipe(
  z.transform(upgrade),
  z.catchall(common, cell),
) as unknown as z.ZodMiniType<Metrics>;

/** @throws UserError naming the column that is wrong */
export const parseMetrics = (value: unknown, what: string): Metrics => parseWith(metricsSchema, value, what);

/** A column's number; null where the line has none. */
export function numberOf(metrics: Metrics, column: string): number | null {
  const value = metrics[column];
  return typeof value === 'number' ? value : null;
}
