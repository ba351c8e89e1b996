/**
 * @file What rewards say of finished pictures, text by text: the towers run on the device, the directions of texts are
 * applied on the host, so that a picture is embedded once however many texts it is scored by.
 */

import type { Compiled } from '../compiler/compiled';
import { UserError } from '../errors';
import { input, type Value } from '../graph/graph';
import { concatFloats } from '../methods/rows';
import { openReward } from '../rewards';
import type { OpenReward } from '../rewards/reward';
import type { FloatPicture } from './picture';
import type { Pipeline } from './pipeline';

/** What the towers say of one picture. */
export interface Embedded {
  /** L2-normalised embedding by the tower's name. */
  features: Map<string, Float32Array>;
  /** Scores of rewards that know no words, by name. */
  wordless: Map<string, number>;
}

export class RewardScorer {
  private constructor(
    private readonly pipeline: Pipeline,
    readonly rewards: readonly OpenReward[],
    /** Pictures of a batch. */
    private readonly rows: number,
    private readonly program: Compiled,
  ) {}

  /**
   * @param names rewards of the bundle, at least one
   * @param rows pictures that the program takes at once
   * @throws UserError for a reward that the bundle lacks, or one that does not fit
   */
  static async create(pipeline: Pipeline, names: readonly string[], rows = 4): Promise<RewardScorer> {
    const { bundle } = pipeline.model;
    const rewards: OpenReward[] = [];
    for (const name of names) rewards.push(await openReward(bundle, name));
    const picture = input('picture', [rows, bundle.image.height, bundle.image.width, 3]);
    const features = new Map<string, Value>();
    const outputs: Record<string, Value> = {};
    for (const reward of rewards) {
      const { name, embed } = reward.tower;
      const f = features.get(name) ?? embed(picture);
      features.set(name, f);
      outputs[`features.${name}`] = f;
      if (!reward.text) outputs[`reward.${reward.name}`] = reward.trace(f);
    }
    const scopes = rewards.flatMap((reward) => [...reward.tower.scopes, ...reward.scopes]);
    const program = await pipeline.compile(outputs, scopes);
    const scorer = new RewardScorer(pipeline, rewards, rows, program);
    scorer.#writeFactors();
    return scorer;
  }

  /** The tower whose embedding stands for a picture where there is no judge: the first reward's. */
  get firstTower(): string {
    return this.rewards[0].tower.name;
  }

  /** Factor 1 for each reward without words. */
  #writeFactors(): void {
    for (const reward of this.rewards) {
      if (reward.text) continue;
      const row = reward.row({ prompt: '', texts: [], wordless: 1 }, () => new Float32Array());
      for (const [name, data] of Object.entries(row)) {
        this.program.write(name, concatFloats(Array.from({ length: this.rows }, () => data)));
      }
    }
  }

  /** Embeds pictures of the bundle's size, any number of them. @throws UserError where an embedding is not finite */
  async embed(pictures: readonly FloatPicture[]): Promise<Embedded[]> {
    const { rows, program } = this;
    const embedded: Embedded[] = [];
    while (embedded.length < pictures.length) {
      const first = embedded.length;
      // The last batch is filled up with its last picture.
      const batch = Array.from({ length: rows }, (_, i) => pictures[Math.min(first + i, pictures.length - 1)].data);
      program.write('picture', concatFloats(batch));
      await program.runAndWait();
      const read = async (name: string) => {
        const values = await program.read(name);
        if (values.every(Number.isFinite)) return values;
        throw new UserError(`The rewards' ${name} is not finite: weights of the reward are damaged.`);
      };
      const features = new Map<string, Float32Array>();
      const scores = new Map<string, Float32Array>();
      for (const { name, tower, text } of this.rewards) {
        features.set(tower.name, await read(`features.${tower.name}`));
        if (!text) scores.set(name, await read(`reward.${name}`));
      }
      for (let i = 0; i < rows && first + i < pictures.length; i++) {
        const row = (values: Float32Array) =>
          values.slice((i * values.length) / rows, ((i + 1) * values.length) / rows);
        embedded.push({
          features: new Map([...features].map(([name, values]) => [name, row(values)])),
          wordless: new Map([...scores].map(([name, values]) => [name, values[i]])),
        });
      }
    }
    return embedded;
  }

  /** f·C(text) of a reward that reads text; `embedded` is of this scorer. */
  async score({ features }: Embedded, reward: OpenReward, text: string): Promise<number> {
    if (!reward.text) throw new Error(`reward ${reward.name} reads no text`);
    const direction = await this.features(reward, text);
    const f = features.get(reward.tower.name)!;
    let sum = 0;
    for (let i = 0; i < f.length; i++) sum += f[i] * direction[i];
    return sum;
  }

  /** C of a text, as one of the rewards that read text reads it. */
  features(reward: OpenReward, text: string): Promise<Float32Array> {
    return this.pipeline.features(reward, text);
  }

  destroy(): void {
    this.program.destroy();
  }
}
