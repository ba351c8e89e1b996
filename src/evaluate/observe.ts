/** @file Everything that is measured of a single picture. */
import { type FloatPicture, saturation } from '../align/picture';
import type { RewardScorer } from '../align/reward-scorer';
import { textOf } from '../methods/reward-form';
import type { Judge } from './judge';
import { conceptOf, rankOf } from './measures/concept';
import { edgeDensity } from './measures/edge-density';
import { likeliest } from './measures/styles';

/** The control words that pictures are judged by. */
export interface Words {
  positive: readonly string[];
  negative: readonly string[];
}

export interface Subject {
  judge: Judge | null;
  /** A part of it, so that a page may have one that comes back after a lost device. */
  scorer: Pick<RewardScorer, 'rewards' | 'firstTower' | 'embed' | 'score'> | null;
  /** Ids of the wanted styles; empty where the words mean none. */
  wanted: readonly string[];
  /** null where nothing says which words are wanted. */
  words: Words | null;
}

/** One picture's numbers by the name of their measure, and what tells it from others. */
export interface Observation {
  numbers: Record<string, number | null>;
  embedding: Float32Array | null;
}

/** Observes pictures, one prompt each. */
export async function observe(
  of: Subject,
  pictures: readonly FloatPicture[],
  prompts: readonly string[],
): Promise<Observation[]> {
  const embedded = of.scorer ? await of.scorer.embed(pictures) : null;
  const observations: Observation[] = [];
  for (const [i, picture] of pictures.entries()) {
    const judged = of.judge ? await judgedNumbers(of.judge, of.wanted, picture, prompts[i]) : null;
    const numbers: Observation['numbers'] = {
      ...judged?.numbers,
      saturation: saturation(picture.data),
      edgeDensity: edgeDensity(picture),
    };
    if (of.scorer && embedded) {
      for (const reward of of.scorer.rewards) {
        const name = `reward.${reward.name}`;
        if (!reward.text) {
          numbers[`${name}.prompt`] = embedded[i].wordless.get(reward.name)!;
          continue;
        }
        const mean = async (words: readonly (string | null)[]) => {
          let sum = 0;
          for (const word of words) sum += await of.scorer!.score(embedded[i], reward, textOf(prompts[i], word));
          return sum / words.length;
        };
        numbers[`${name}.prompt`] = await mean([null]);
        if (!of.words) continue;
        numbers[`${name}.wanted`] = await mean(of.words.positive);
        numbers[`${name}.unwanted`] = await mean(of.words.negative);
      }
    }
    const embedding = judged?.embedding ?? embedded?.[i].features.get(of.scorer!.firstTower) ?? null;
    observations.push({ numbers, embedding });
  }
  return observations;
}

async function judgedNumbers(judge: Judge, wanted: readonly string[], picture: FloatPicture, prompt: string) {
  const { styles, concepts, quality, embedding } = await judge.look(picture);
  const ids = judge.labels.styles.map(({ id }) => id);
  const best = ids[likeliest(styles)];
  const concept = conceptOf(judge.labels.concepts, prompt);
  const rank = concept === null ? null : rankOf(concepts, concept);
  const probability = (id: string) => styles[ids.indexOf(id)];
  const numbers: Observation['numbers'] = {
    wanted: wanted.length ? Number(wanted.includes(best)) : null,
    wantedProbability: wanted.length ? wanted.reduce((sum, id) => sum + probability(id), 0) : null,
    namedRight: rank === null ? null : Number(rank === 0),
    namedTop5: rank === null ? null : Number(rank < 5),
    quality,
  };
  for (const id of ids) numbers[`style.${id}`] = Number(id === best);
  return { numbers, embedding };
}
