/** @file The judge beside a run: it looks at every sample grid that is drawn. */
import type { FloatPicture } from '../align/picture';
import { saturation } from '../align/picture';
import type { GridJudge } from '../align/run';
import type { Judge, Judgement } from './judge';
import { conceptOf, rankOf } from './measures/concept';
import { meanDistance } from './measures/diversity';
import { edgeDensity } from './measures/edge-density';
import { gauge } from './measures/gauge';
import { wantedStyles } from './measures/styles';

/** A run's view of the judge. */
export function gridJudge(judge: Judge): GridJudge {
  return {
    knows: (words) => wantedStyles(judge.labels, words).length > 0,
    look: (pictures, prompts, words) => lookAt(judge, pictures, prompts, words),
  };
}

async function lookAt(
  judge: Judge,
  pictures: readonly FloatPicture[],
  prompts: readonly string[],
  words: readonly string[],
): Promise<Awaited<ReturnType<GridJudge['look']>>> {
  const ids = judge.labels.styles.map(({ id }) => id);
  const wanted = wantedStyles(judge.labels, words);
  const looked: Judgement[] = [];
  for (const picture of pictures) looked.push(await judge.look(picture));
  const mean = (of: (i: number) => number | null): number | null => {
    const values = pictures.map((_, i) => of(i)).filter((value) => value !== null);
    return values.length ? values.reduce((a, b) => a + b, 0) / values.length : null;
  };
  const means = {
    saturation: mean((i) => saturation(pictures[i].data))!,
    edgeDensity: mean((i) => edgeDensity(pictures[i]))!,
    quality: mean((i) => looked[i].quality)!,
  };
  return {
    wanted: wanted.length ? mean((i) => wanted.reduce((sum, id) => sum + looked[i].styles[ids.indexOf(id)], 0)) : null,
    namedRight: mean((i) => {
      const concept = conceptOf(judge.labels.concepts, prompts[i]);
      return concept === null ? null : Number(rankOf(looked[i].concepts, concept) === 0);
    }),
    quality: means.quality,
    diversity: meanDistance(looked.map(({ embedding }) => embedding)),
    gauge: gauge(
      means,
      wanted.map((id) => judge.real.get(id)!),
    ),
  };
}
