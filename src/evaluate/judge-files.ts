/** @file What lies beside the judge's network: its labels, and its measures of real pictures. */
import * as z from 'zod/mini';
import { UserError } from '../errors';
import { nameIn, readJson } from '../formats/file-source';
import { integer, parseWith, real, text, texts } from '../formats/schema';
import type { Bundle } from '../models/bundle';
import { quoted } from '../shown';

const spread = z.looseObject(
  { mean: real(0, 1), p5: real(0, 1), p50: real(0, 1), p95: real(0, 1) },
  { error: 'an object with mean, p5, p50 and p95' },
);

/** Of the pictures of one style. */
const measured = z.looseObject(
  { pictures: integer(1, 1e9), saturation: spread, edgeDensity: spread, quality: spread },
  { error: 'an object with pictures, saturation, edgeDensity and quality' },
);

const labels = z.looseObject(
  {
    styles: z.array(
      z.looseObject(
        { id: text('the name of a style'), words: texts('a list of control words') },
        { error: 'an object with id and words' },
      ),
      { error: 'a list of styles' },
    ),
    /** The last one is anything else. */
    concepts: texts('a list of things, the last one anything else'),
  },
  { error: 'an object with styles and concepts' },
);

const THROUGH = 'through the autoencoder';
const realPictures = z.looseObject(
  {
    styles: z.record(
      z.string(),
      z.looseObject({ original: measured, [THROUGH]: measured }, { error: `an object with original and ${THROUGH}` }),
      { error: 'an object of styles' },
    ),
  },
  { error: 'an object with styles' },
);

/** Names of what the judge tells apart, in the order of its outputs. */
export type JudgeLabels = z.output<typeof labels>;
/** Mean, median, 5th and 95th percentile of a measure over pictures. */
export type Spread = z.output<typeof spread>;
/** Measures of real pictures of a style, encoded and decoded once as generated ones are. */
export type RealPictures = Record<'saturation' | 'edgeDensity' | 'quality', Spread>;

/** @throws UserError naming the key of labels.json that is wrong */
export const parseLabels = (value: unknown, file: string): JudgeLabels => parseWith(labels, value, file);

/**
 * Measures of real pictures by style.
 * @throws UserError naming the key of real.json that is wrong, or the style that it lacks
 */
export function parseReal(value: unknown, file: string, styles: readonly string[]): Map<string, RealPictures> {
  const all = new Map(Object.entries(parseWith(realPictures, value, file).styles));
  return new Map(
    styles.map((id) => {
      const found = all.get(id);
      if (!found) throw new UserError(`${file}: ${quoted(`styles.${id}`)} is missing, expected the style's measures.`);
      return [id, found[THROUGH]];
    }),
  );
}

/**
 * The saturation of real pictures of each style, in the order of the bundle's styles; empty where it has no such measures.
 * @throws UserError naming the key of labels.json or real.json that is wrong
 */
export async function realSaturation({ source, manifest }: Pick<Bundle, 'source' | 'manifest'>): Promise<Spread[]> {
  if (manifest.judge === undefined) return [];
  const folder = manifest.judge.replace(/\/+$/, '');
  const [labelsFile, realFile] = [`${folder}/labels.json`, `${folder}/real.json`];
  for (const file of [labelsFile, realFile]) if ((await source.size(file)) === undefined) return [];
  const { styles } = parseLabels(await readJson(source, labelsFile), nameIn(source.describe, labelsFile));
  const ids = styles.map(({ id }) => id);
  const measured = parseReal(await readJson(source, realFile), nameIn(source.describe, realFile), ids);
  return ids.map((id) => measured.get(id)!.saturation);
}
