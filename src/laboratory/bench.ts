/**
 * @file The workbench of the laboratory: the base that was trained on the data, a LoRA on each of its linears, and hills
 * as rewards.
 */
import type { Executable } from '../graph/executable';
import { input, parameter, type Value, weight } from '../graph/graph';
import type { Bench, LoraUse, Scored, VelocityOptions, VelocityRow } from '../methods/bench';
import { CpuBench } from '../methods/cpu-bench';
import type { RewardRow } from '../methods/reward-form';
import { concatFloats } from '../methods/rows';
import type { Tensors } from './adamw';
import type { Base } from './base';
import type { Hills } from './hills';
import { LINEARS, network, TIME, timeFeatures } from './network';
import { hillInputs, scoreHills } from './score';

export const RANK = 4;

export class LaboratoryBench extends CpuBench {
  /**
   * @param lora factors by name
   * @param old the LoRA that follows the trained one
   * @param hills read whenever a reward is written
   */
  constructor(
    pictures: number,
    sigmas: readonly number[],
    private readonly base: Base,
    public hills: Hills,
    readonly lora: Tensors,
    readonly old: Tensors = copyOf(lora),
    readonly ask?: Bench['ask'],
  ) {
    super(pictures, sigmas);
  }

  /** A bench for updates of another size, with the same LoRAs and a gradient of its own. */
  sharing(pictures: number): LaboratoryBench {
    return new LaboratoryBench(pictures, this.sigmas, this.base, this.hills, this.lora, this.old);
  }

  velocity(x: Value, { lora = 'trained', call = '' }: VelocityOptions = {}): Value {
    const time = input(`${call}time`, [x.shape[0], TIME]);
    const frozen = (name: string, shape: readonly number[]) => weight({ name, layout: 'file' }, shape, 'f32');
    return network(x, time, frozen, lora === 'none' ? null : { declare: parameter, rank: RANK });
  }

  score(picture: Value): Scored {
    return scoreHills(picture);
  }

  protected numbersOf({ attrs: { name } }: Value, lora: LoraUse): Float64Array {
    return this.base.weights[name] ?? (lora === 'old' ? this.old : this.lora)[name];
  }

  /** Where there is but one prompt, σ is the whole conditioning. */
  async writeVelocity(to: Executable, rows: readonly VelocityRow[], call = ''): Promise<void> {
    let last = { sigma: Number.NaN, features: [] as number[] };
    const features = rows.map(({ sigma }) => {
      if (sigma !== last.sigma) last = { sigma, features: timeFeatures(sigma) };
      return last.features;
    });
    to.write(`${call}time`, concatFloats(features));
  }

  async writeReward(to: Executable, rows: readonly RewardRow[]): Promise<void> {
    for (const [name, data] of Object.entries(hillInputs(this.hills, rows))) to.write(name, data);
  }

  /** old ← keeps·old + (1 − keeps)·trained */
  follow(keeps: number): void {
    for (const [name, old] of Object.entries(this.old)) {
      const trained = this.lora[name];
      for (let i = 0; i < old.length; i++) old[i] = keeps * old[i] + (1 - keeps) * trained[i];
    }
  }
}

/** Fresh factors as PEFT starts them: A uniform in ±1/√in, B zero. */
export function freshLora(random: { uniform(): number }): Tensors {
  return Object.fromEntries(
    LINEARS.flatMap(({ name, in: from, out }) => [
      [
        `${name}.lora_A.weight`,
        Float64Array.from({ length: RANK * from }, () => (2 * random.uniform() - 1) / Math.sqrt(from)),
      ],
      [`${name}.lora_B.weight`, new Float64Array(out * RANK)],
    ]),
  );
}

const copyOf = (tensors: Tensors): Tensors =>
  Object.fromEntries(Object.entries(tensors).map(([name, data]) => [name, data.slice()]));
