/** @file An evaluation put together: what was drawn, by what it was judged, and each side's measures. */
import type { EvaluatedSide, Evaluation } from '../formats/evaluation';
import type { BaseIdentity } from '../models/known-bases';
import { RESAMPLES, resamplesOf } from './bootstrap';
import { type Columns, type EvaluatedPictures, summarize } from './evaluation';
import { measuresOf } from './measures';
import type { Subject } from './observe';

/** A side that was measured; the first is what the others are compared with. */
export interface MeasuredSide extends Pick<EvaluatedSide, 'name' | 'lora'> {
  columns: Columns;
}

/** @param device the graphics adapter that drew */
export function reportOf(
  of: Subject,
  base: BaseIdentity,
  device: string,
  { prompts, seeds, steps, guidance }: EvaluatedPictures,
  measured: readonly MeasuredSide[],
): Evaluation {
  const { judge, scorer, wanted, words } = of;
  const rewards = scorer?.rewards.map(({ name, text }) => ({ name, readsText: text !== null })) ?? [];
  const styles = judge?.labels.styles.map(({ id }) => id) ?? null;
  const measures = measuresOf(styles, rewards, words !== null).map(({ name }) => name);
  const resamples = resamplesOf(prompts.length);
  return {
    version: 1,
    base: { name: base.name, version: base.version, sha256: base.hash },
    judge: judge && { sha256: judge.sha256 },
    device,
    prompts: [...prompts],
    seeds,
    steps,
    guidance,
    words: words && { positive: [...words.positive], negative: [...words.negative] },
    wantedStyles: [...wanted],
    resamples: RESAMPLES,
    sides: measured.map(({ name, lora, columns }, i) => ({
      name,
      lora,
      ...summarize(columns, i === 0 ? null : measured[0].columns, of, measures, resamples),
    })),
  };
}
