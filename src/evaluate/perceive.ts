/**
 * @file Whether a reward sees a control word at all: how well it tells pictures drawn with the word from others. A reward
 * that does not cannot teach it (the limitation of SRPO's paper, seen before a run is wasted on it).
 */
import { type Artist, batchRows } from '../align/artist';
import type { Pipeline } from '../align/pipeline';
import { type Embedded, RewardScorer } from '../align/reward-scorer';
import { UserError } from '../errors';
import { textOf } from '../methods/reward-form';
import type { OpenReward } from '../rewards/reward';
import { quoted } from '../shown';
import { heldOutWords } from './held-out';

/** Below this area under the curve a word is weak. */
export const WEAK = 0.75;
/** Words of the bundle that are tried for a weak one, at most. */
const TRIES = 3;

/** How well scores of pictures with a word lie above those of others. */
export interface Separation {
  /** Area under the ROC curve: how often a picture with the word scores above another one; .5 is chance. */
  area: number;
  /** Distance of the two means, in units of the two groups' common standard deviation; null where that is 0. */
  margin: number | null;
}

export interface Perceived extends Separation {
  word: string;
}

/** A word for a weak one. */
export interface Stronger extends Perceived {
  /** The weak word with it, as one control word, and how well that is seen. */
  pair: Perceived;
}

export interface PerceiveOptions {
  /** Pictures with a word, and as many without: one for each of so many of the bundle's words. */
  pictures: number;
  steps: number;
  guidance: number;
  onProgress?(done: number, total: number): void;
}

/** @param withWord scores of pictures drawn with the word, at least one @param others of those drawn without it */
export function separation(withWord: readonly number[], others: readonly number[]): Separation {
  let above = 0;
  for (const a of withWord) for (const b of others) above += a > b ? 1 : a === b ? 0.5 : 0;
  const [mean, variance] = moments(withWord);
  const [meanOthers, varianceOthers] = moments(others);
  const spread = Math.sqrt((variance + varianceOthers) / 2);
  return {
    area: above / (withWord.length * others.length),
    margin: spread === 0 ? null : (mean - meanOthers) / spread,
  };
}

function moments(values: readonly number[]): [mean: number, variance: number] {
  const mean = values.reduce((a, b) => a + b, 0) / values.length;
  return [mean, values.reduce((sum, v) => sum + (v - mean) ** 2, 0) / values.length];
}

/** One reward's view of words, over pictures of the base; pictures of a word are drawn once. */
export class Perception {
  readonly #drawn = new Map<string | null, Embedded[]>();

  private constructor(
    private readonly pipeline: Pipeline,
    private readonly artist: Pick<Artist, 'pictures'>,
    private readonly scorer: RewardScorer,
    readonly things: readonly string[],
    private readonly options: PerceiveOptions,
  ) {}

  /**
   * @param artist of the base
   * @throws UserError for a reward that the bundle lacks or that reads no text, and for a bundle without words
   */
  static async open(
    pipeline: Pipeline,
    artist: Pick<Artist, 'pictures'>,
    reward: string,
    options: PerceiveOptions,
  ): Promise<Perception> {
    const { bundle } = pipeline.model;
    const things = await heldOutWords(bundle, [], options.pictures);
    if (things.length === 0) {
      throw new UserError(`Bundle ${quoted(bundle.name)} has no list of words, whose pictures would be needed.`);
    }
    const scorer = await RewardScorer.create(pipeline, [reward]);
    Perception.check(scorer.rewards[0]);
    return new Perception(pipeline, artist, scorer, things, options);
  }

  /** @throws UserError for a reward that reads no text */
  static check({ name, text }: OpenReward): void {
    if (!text) throw new UserError(`Reward ${quoted(name)} reads no text: it sees no words, whatever they are.`);
  }

  get #reward(): OpenReward {
    return this.scorer.rewards[0];
  }

  /**
   * How well pictures of a word are told from others: from those of the thing alone and, where words are given to tell
   * it from, from those of these words. The score is what a run would train on: f·C of the word less the mean over the
   * others, or over the thing alone.
   */
  async see(word: string, against: readonly string[] = []): Promise<Perceived> {
    const withWord = await this.#scores(word, word, against);
    const others: number[] = [];
    for (const other of [null, ...against]) others.push(...(await this.#scores(other, word, against)));
    return { word, ...separation(withWord, others) };
  }

  /**
   * A word of the bundle that the reward sees well, of those whose text is nearest to the weak one, and the pair of both.
   * @returns null where none of those tried is seen well
   */
  async stronger(weak: string, not: readonly string[] = [], against: readonly string[] = []): Promise<Stronger | null> {
    const styles = await this.pipeline.model.bundle.readStyles();
    const excluded = new Set([weak, ...not, ...against]);
    const near = await this.#similarities(weak, styles.flat());
    // One word of each style: the others mean the same.
    const candidates = styles
      .filter((words) => !words.some((word) => against.includes(word)))
      .flatMap((words) => {
        const free = words.filter((word) => !excluded.has(word));
        return free.length ? [free.reduce((a, b) => (near.get(b)! > near.get(a)! ? b : a))] : [];
      })
      .sort((a, b) => near.get(b)! - near.get(a)!);
    for (const word of candidates.slice(0, TRIES)) {
      const seen = await this.see(word, against);
      if (seen.area >= WEAK) return { ...seen, pair: await this.see(`${word}, ${weak}`, against) };
    }
    return null;
  }

  /** How near each word's text is to another's, as the reward reads them. */
  async #similarities(word: string, others: readonly string[]): Promise<Map<string, number>> {
    const direction = async (text: string) => this.#reward.text!((await this.pipeline.encode([text], true)).pooled);
    const own = await direction(word);
    const near = new Map<string, number>();
    for (const other of others) {
      const its = await direction(other);
      near.set(
        other,
        own.reduce((sum, v, i) => sum + v * its[i], 0),
      );
    }
    return near;
  }

  /** Scores for `word` of the pictures drawn with `drawn`, one a thing. */
  async #scores(drawn: string | null, word: string, against: readonly string[]): Promise<number[]> {
    const embedded = await this.#pictures(drawn);
    const scores: number[] = [];
    for (const [i, thing] of this.things.entries()) {
      const score = (w: string | null) => this.scorer.score(embedded[i], this.#reward, textOf(thing, w));
      const from = against.length ? against : [null];
      let others = 0;
      for (const other of from) others += (await score(other)) / from.length;
      scores.push((await score(word)) - others);
    }
    return scores;
  }

  async #pictures(word: string | null): Promise<Embedded[]> {
    const known = this.#drawn.get(word);
    if (known) return known;
    const { steps, guidance, onProgress = () => {} } = this.options;
    const pictures = this.things.map((thing, seed) => ({ prompt: textOf(thing, word), seed }));
    const rows = batchRows(pictures.length);
    const embedded: Embedded[] = [];
    while (embedded.length < pictures.length) {
      const first = embedded.length;
      const onStep = (done: number, all: number) => onProgress(first + (rows * done) / all, pictures.length);
      const drawn = await this.artist.pictures({ pictures, steps, guidance }, first, onStep, rows);
      embedded.push(...(await this.scorer.embed(drawn)));
    }
    this.#drawn.set(word, embedded);
    return embedded;
  }

  destroy(): void {
    this.scorer.destroy();
  }
}

/** What to say of a weak word. */
export function warningOf({ word, area }: Perceived, reward: string, stronger: Stronger | null): string {
  const weak = `Reward ${reward} hardly sees ${quoted(word)} (area under the curve ${area.toFixed(2)}, below ${WEAK})`;
  if (!stronger) return `${weak}, and none of the nearest words of the bundle is seen well: choose another reward.`;
  const { pair } = stronger;
  return `${weak}: ${quoted(stronger.word)} is seen better (${stronger.area.toFixed(2)}); take both as one word, ${quoted(pair.word)} (${pair.area.toFixed(2)}), or add it to the list.`;
}
