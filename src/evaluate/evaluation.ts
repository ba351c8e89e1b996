/**
 * @file An evaluation: the same prompts and noise drawn by the base and by LoRAs, everything measured of each picture,
 * means over prompts with their intervals. Pictures are let go once they are measured.
 */
import { type Artist, batchRows, type Drawing } from '../align/artist';
import type { FloatPicture } from '../align/picture';
import type { MeasuredInterval } from '../formats/evaluation';
import { difference, interval, meanOf, type Statistic } from './bootstrap';
import { meanDistance } from './measures/diversity';
import { gauge } from './measures/gauge';
import { type Observation, observe, type Subject } from './observe';

/** What is drawn for every side. */
export interface EvaluatedPictures {
  prompts: readonly string[];
  /** Noise of every prompt: 0 … seeds − 1. */
  seeds: number;
  steps: number;
  guidance: number;
}

/** One side's numbers: a column of means over its seeds for each measure, one entry a prompt. */
export type Columns = ReadonlyMap<string, readonly (number | null)[]>;

/**
 * Draws and measures one side.
 *
 * @param onProgress called with pictures done and in all; throwing from it ends the evaluation
 * @param onPicture sees every picture, with the number of its prompt and its seed
 */
export async function measureSide(
  artist: Pick<Artist, 'pictures'>,
  of: Subject,
  { prompts, seeds, steps, guidance }: EvaluatedPictures,
  onProgress: (done: number, total: number) => void = () => {},
  onPicture: (picture: FloatPicture, prompt: number, seed: number) => void = () => {},
): Promise<Columns> {
  const pictures = prompts.flatMap((prompt) => Array.from({ length: seeds }, (_, seed) => ({ prompt, seed })));
  const drawing: Drawing = { pictures, steps, guidance };
  const rows = batchRows(pictures.length);
  const columns = new Map<string, (number | null)[]>();
  let open: Observation[] = [];
  for (let done = 0; done < pictures.length; ) {
    const at = (step: number, all: number) => done + (Math.min(rows, pictures.length - done) * step) / all;
    const drawn = await artist.pictures(drawing, done, (step, all) => onProgress(at(step, all), pictures.length), rows);
    const observed = await observe(
      of,
      drawn,
      pictures.slice(done, done + drawn.length).map(({ prompt }) => prompt),
    );
    for (const [i, observation] of observed.entries()) {
      const number = done + i;
      onPicture(drawn[i], Math.floor(number / seeds), pictures[number].seed);
      open.push(observation);
      if (open.length < seeds) continue;
      addPrompt(columns, open);
      open = [];
    }
    done += drawn.length;
  }
  return columns;
}

/** A prompt's means over its seeds, and how different its pictures are. */
function addPrompt(columns: Map<string, (number | null)[]>, seeds: readonly Observation[]): void {
  const add = (name: string, value: number | null) => {
    const column = columns.get(name) ?? [];
    columns.set(name, column);
    column.push(value);
  };
  for (const name of Object.keys(seeds[0].numbers)) {
    add(name, meanOf(seeds.map(({ numbers }) => numbers[name]))(seeds.map((_, i) => i)));
  }
  const embeddings = seeds.flatMap(({ embedding }) => (embedding ? [embedding] : []));
  add('diversity', meanDistance(embeddings));
}

/** A measure of one side over prompts; the gauge is of the means. */
function statisticOf(columns: Columns, measure: string, of: Subject): Statistic {
  if (measure !== 'gauge') return meanOf(columns.get(measure) ?? []);
  const { judge, wanted } = of;
  const styles = wanted.map((id) => judge!.real.get(id)!);
  const means = ['saturation', 'edgeDensity', 'quality'].map((name) => meanOf(columns.get(name) ?? []));
  return (prompts) => {
    const [saturation, edgeDensity, quality] = means.map((mean) => mean(prompts));
    if (saturation === null || edgeDensity === null || quality === null) return null;
    return gauge({ saturation, edgeDensity, quality }, styles);
  };
}

/** A side's measures with their intervals, and their differences from the base's where there is one. */
export function summarize(
  columns: Columns,
  base: Columns | null,
  of: Subject,
  measures: readonly string[],
  resamples: readonly ArrayLike<number>[],
): {
  measures: Record<string, MeasuredInterval | null>;
  difference: Record<string, MeasuredInterval | null> | null;
} {
  const n = columns.get('saturation')!.length;
  const each = (statistic: (measure: string) => Statistic) =>
    Object.fromEntries(measures.map((name) => [name, rounded(interval(statistic(name), n, resamples))]));
  const own = (name: string) => statisticOf(columns, name, of);
  return {
    measures: each(own),
    difference: base && each((name) => difference(own(name), statisticOf(base, name, of))),
  };
}

/** Six digits: more are noise, and a table of them is no shorter. */
function rounded(interval: MeasuredInterval | null): MeasuredInterval | null {
  if (interval === null) return null;
  const digits = (value: number) => Number(value.toPrecision(6));
  return { value: digits(interval.value), low: digits(interval.low), high: digits(interval.high) };
}
