/** @file How well the run's reward sees a control word, from scores that the bundle brings or that were computed here. */
import { pairOf, type Separation, separation, WEAK } from '../../evaluate/measures/separation';
import type { PerceptionFile } from '../../formats/perception';
import { PERSON } from '../../formats/person';
import type { RunFile } from '../../formats/run-file';

type Model = RunFile['reward']['model'];

/** A check that is under way. */
export interface Checking {
  word: string;
  /** Pictures drawn so far with a word, null for none; null before the first. */
  drawing: { word: string | null; done: number; total: number } | null;
}

export interface Seen extends Separation {
  weak: boolean;
  /** For a weak word: a stronger one of the bundle and both as one word; null where none is known. */
  stronger: { word: string; area: number; pair: string; pairArea: number } | null;
  /** Whether it was computed in this page. */
  here: boolean;
  /** Pictures with the word, and as many without. */
  pictures: number;
  steps: number;
  /** The graphics adapter that drew. */
  device: string;
}

/** Rewards by weight; none where a person votes. */
const weightsOf = (model: Model): [name: string, weight: number][] =>
  model === PERSON ? [] : typeof model === 'string' ? [[model, 1]] : Object.entries(model);

/** The rewards of a mixture that read words, as far as `known` says, the heaviest first. */
function readersOf(model: Model, known: PerceptionFile): [name: string, weight: number][] {
  return weightsOf(model)
    .filter(([name, weight]) => known.rewards[name] && weight > 0)
    .sort(([, a], [, b]) => b - a);
}

/** The weighted sum over rewards; one that reads no words scores every picture alike with the word and without. */
function separationOf(word: string, model: Model, known: PerceptionFile): Separation | null {
  const readers = readersOf(model, known).map(([name, weight]) => ({
    weight,
    scores: known.rewards[name].words[word],
  }));
  if (readers.length === 0 || readers.some(({ scores }) => !scores)) return null;
  const sum = (kind: 'with' | 'without') =>
    known.things.map((_, i) => readers.reduce((total, { weight, scores }) => total + weight * scores[kind][i], 0));
  return separation(sum('with'), sum('without'));
}

/** Control words are looked up as the bundle writes them, in small letters. */
export const plainWord = (word: string): string => word.trim().toLowerCase();

/**
 * How well `model` sees a word; null where nobody has computed it.
 * @param bundled what the bundle brings
 * @param checked what was computed here
 */
export function seenBy(
  model: Model,
  word: string,
  bundled: PerceptionFile | null,
  checked: PerceptionFile | null,
): Seen | null {
  const plain = plainWord(word);
  for (const known of [bundled, checked]) {
    const found = known && separationOf(plain, model, known);
    if (!found) continue;
    const weak = found.area < WEAK;
    const { steps, device, things } = known;
    return {
      ...found,
      weak,
      stronger: weak ? strongerThan(plain, model, known, [bundled, checked]) : null,
      here: known === checked,
      pictures: things.length,
      steps,
      device,
    };
  }
  return null;
}

function strongerThan(weak: string, model: Model, known: PerceptionFile, all: readonly (PerceptionFile | null)[]) {
  const word = readersOf(model, known)
    .map(([name]) => known.rewards[name].stronger[weak])
    .find((found) => found != null);
  if (word === undefined || word === null) return null;
  const pair = pairOf(word, weak);
  const areaOf = (of: string) => all.map((file) => file && separationOf(of, model, file)).find((s) => s)?.area;
  const [area, pairArea] = [areaOf(word), areaOf(pair)];
  return area === undefined || pairArea === undefined ? null : { word, area, pair, pairArea };
}

/** Whether a word can be checked at all: a reward that reads words is in use, as far as is known. */
export const readsWords = (model: Model, bundled: PerceptionFile | null): boolean =>
  bundled ? readersOf(model, bundled).length > 0 : weightsOf(model).length > 0;

/** Rewards to check a word for. */
export const rewardsToCheck = (model: Model): string[] => weightsOf(model).map(([name]) => name);

/** What was computed before and now, where both are of the same pictures; else what is new. */
export function withChecked(before: PerceptionFile | null, now: PerceptionFile): PerceptionFile {
  const same = (file: PerceptionFile) =>
    JSON.stringify([file.base, file.device, file.things, file.steps, file.guidance]);
  if (!before || same(before) !== same(now)) return now;
  const rewards = { ...before.rewards };
  for (const [name, { words, stronger }] of Object.entries(now.rewards)) {
    rewards[name] = {
      words: { ...rewards[name]?.words, ...words },
      stronger: { ...rewards[name]?.stronger, ...stronger },
    };
  }
  return { ...now, rewards };
}
