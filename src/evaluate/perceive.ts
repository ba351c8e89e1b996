/**
 * @file Whether a reward sees a control word at all: how well it tells pictures drawn with the word from others. A reward
 * that does not cannot teach it (the limitation of SRPO's paper, seen before a run is wasted on it).
 */
import { type Artist, batchRows } from '../align/artist';
import type { Embedded, RewardScorer } from '../align/reward-scorer';
import { UserError } from '../errors';
import type { PerceptionFile, WordScores } from '../formats/perception';
import { textOf } from '../methods/reward-form';
import { type Bundle, bundleHash } from '../models/bundle';
import type { OpenReward } from '../rewards/reward';
import { quoted } from '../shown';
import { heldOutWords } from './held-out';
import { pairOf, type Separation, separation, WEAK } from './measures/separation';

/** Words of the bundle that are tried for a weak one, at most. */
const TRIES = 3;

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
  onProgress?: OnPerceiving;
}

/** Called while the pictures of a word are drawn, null being the things alone; throwing from it ends the job. */
export type OnPerceiving = (done: number, total: number, word: string | null) => void;

/** What a page draws to check a word of a bundle that brings no numbers of its own. */
export const CHECK = { pictures: 12, steps: 8, guidance: 3.5 };

/** What draws, scores and reads text: parts, so that a page may have ones that come back after a lost device. */
export interface PerceptionBench {
  bundle: Bundle;
  /** Of the base. */
  artist: Pick<Artist, 'pictures'>;
  /** Of every reward that is asked for. */
  scorer: Pick<RewardScorer, 'rewards' | 'embed' | 'score' | 'features'>;
  /** Of pictures that were drawn before, by word; filled with those that are drawn. */
  drawn?: Map<string | null, Embedded[]>;
}

/** Rewards' view of words, over pictures of the base; pictures of a word are drawn once. */
export class Perception {
  readonly #drawn: Map<string | null, Embedded[]>;

  private constructor(
    private readonly bench: PerceptionBench,
    readonly things: readonly string[],
    private readonly options: PerceiveOptions,
    /** Scores that need no drawing, of the same things, steps and guidance. */
    private readonly known: PerceptionFile | null,
  ) {
    this.#drawn = bench.drawn ?? new Map();
  }

  /**
   * @param known what was computed before; taken where it is of the same base, things, steps and guidance
   * @throws UserError for a bundle without words
   */
  static async open(
    bench: PerceptionBench,
    options: PerceiveOptions,
    known: PerceptionFile | null = null,
  ): Promise<Perception> {
    const { bundle } = bench;
    const things = await heldOutWords(bundle, [], options.pictures);
    if (things.length === 0) {
      throw new UserError(`Bundle ${quoted(bundle.name)} has no list of words, whose pictures would be needed.`);
    }
    const fits =
      known !== null &&
      known.base === (await bundleHash(bundle)) &&
      known.things.join('\n') === things.join('\n') &&
      known.steps === options.steps &&
      known.guidance === options.guidance;
    return new Perception(bench, things, options, fits ? known : null);
  }

  /** @throws UserError for a reward that reads no text */
  static check({ name, text }: OpenReward): void {
    if (!text) throw new UserError(`Reward ${quoted(name)} reads no text: it sees no words, whatever they are.`);
  }

  /**
   * How well pictures of a word are told from others: from those of the thing alone and, where words are given to tell
   * it from, from those of these words. The score is what a run would train on: f·C of the word less the mean over the
   * others, or over the thing alone.
   */
  async see(reward: OpenReward, word: string, against: readonly string[] = []): Promise<Perceived> {
    if (against.length === 0) {
      const { with: drawn, without } = await this.scores(reward, word);
      return { word, ...separation(drawn, without) };
    }
    const withWord = await this.#score(reward, word, word, against);
    const others: number[] = [];
    for (const other of [null, ...against]) others.push(...(await this.#score(reward, other, word, against)));
    return { word, ...separation(withWord, others) };
  }

  /** Scores of a word, of pictures drawn with it and of those of the things alone. */
  async scores(reward: OpenReward, word: string): Promise<WordScores> {
    const known = this.known?.rewards[reward.name]?.words[word];
    if (known) return known;
    return {
      with: await this.#score(reward, word, word, []),
      without: await this.#score(reward, null, word, []),
    };
  }

  /**
   * A word of the bundle that the reward sees well, of those whose text is nearest to the weak one, and the pair of both.
   * @returns null where none of those tried is seen well
   */
  async stronger(
    reward: OpenReward,
    weak: string,
    not: readonly string[] = [],
    against: readonly string[] = [],
  ): Promise<Stronger | null> {
    const styles = await this.bench.bundle.readStyles();
    const excluded = new Set([weak, ...not, ...against]);
    const near = await this.#similarities(reward, weak, styles.flat());
    // One word of each style: the others mean the same.
    const candidates = styles
      .filter((words) => !words.some((word) => against.includes(word)))
      .flatMap((words) => {
        const free = words.filter((word) => !excluded.has(word));
        return free.length ? [free.reduce((a, b) => (near.get(b)! > near.get(a)! ? b : a))] : [];
      })
      .sort((a, b) => near.get(b)! - near.get(a)!);
    for (const word of candidates.slice(0, TRIES)) {
      const seen = await this.see(reward, word, against);
      if (seen.area >= WEAK) return { ...seen, pair: await this.see(reward, pairOf(word, weak), against) };
    }
    return null;
  }

  /**
   * What every reward that reads text makes of words, in the form of perception.json: scores of each, and for a weak one
   * a stronger word with the scores of that and of the pair.
   * @param device the graphics adapter, as the file names it
   * @param searched rewards for which a stronger word is looked for, by default all
   */
  async file(words: readonly string[], device: string, searched?: readonly string[]): Promise<PerceptionFile> {
    const { bundle, scorer } = this.bench;
    const rewards: PerceptionFile['rewards'] = {};
    for (const reward of scorer.rewards.filter(({ text }) => text)) {
      const seen: PerceptionFile['rewards'][string] = { words: {}, stronger: {} };
      const add = async (word: string) => {
        const { with: drawn, without } = await this.scores(reward, word);
        seen.words[word] = { with: drawn.map(rounded), without: without.map(rounded) };
      };
      for (const word of words) {
        await add(word);
        if ((await this.see(reward, word)).area >= WEAK || searched?.includes(reward.name) === false) continue;
        const stronger = await this.stronger(reward, word);
        seen.stronger[word] = stronger?.word ?? null;
        if (!stronger) continue;
        await add(stronger.word);
        await add(stronger.pair.word);
      }
      rewards[reward.name] = seen;
    }
    const { steps, guidance } = this.options;
    return {
      version: 1,
      base: await bundleHash(bundle),
      device,
      things: [...this.things],
      steps,
      guidance,
      rewards,
    };
  }

  /** How near each word's text is to another's, as the reward reads them. */
  async #similarities(reward: OpenReward, word: string, others: readonly string[]): Promise<Map<string, number>> {
    const { scorer } = this.bench;
    const own = await scorer.features(reward, word);
    const near = new Map<string, number>();
    for (const other of others) {
      const its = await scorer.features(reward, other);
      near.set(
        other,
        own.reduce((sum, v, i) => sum + v * its[i], 0),
      );
    }
    return near;
  }

  /** Scores for `word` of the pictures drawn with `drawn`, one a thing. */
  async #score(reward: OpenReward, drawn: string | null, word: string, against: readonly string[]): Promise<number[]> {
    Perception.check(reward);
    const embedded = await this.#pictures(drawn);
    const scores: number[] = [];
    for (const [i, thing] of this.things.entries()) {
      const score = (w: string | null) => this.bench.scorer.score(embedded[i], reward, textOf(thing, w));
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
    const { artist, scorer } = this.bench;
    const { steps, guidance, onProgress = () => {} } = this.options;
    const pictures = this.things.map((thing, seed) => ({ prompt: textOf(thing, word), seed }));
    const rows = batchRows(pictures.length);
    const embedded: Embedded[] = [];
    while (embedded.length < pictures.length) {
      const first = embedded.length;
      const onStep = (done: number, all: number) => onProgress(first + (rows * done) / all, pictures.length, word);
      const drawn = await artist.pictures({ pictures, steps, guidance }, first, onStep, rows);
      embedded.push(...(await scorer.embed(drawn)));
    }
    this.#drawn.set(word, embedded);
    return embedded;
  }
}

const rounded = (score: number) => Number(score.toFixed(5));

/** What to say of a weak word. */
export function warningOf({ word, area }: Perceived, reward: string, stronger: Stronger | null): string {
  const weak = `Reward ${reward} hardly sees ${quoted(word)} (area under the curve ${area.toFixed(2)}, below ${WEAK})`;
  if (!stronger) return `${weak}, and none of the nearest words of the bundle is seen well: choose another reward.`;
  const { pair } = stronger;
  return `${weak}: ${quoted(stronger.word)} is seen better (${stronger.area.toFixed(2)}); take both as one word, ${quoted(pair.word)} (${pair.area.toFixed(2)}), or add it to the list.`;
}
