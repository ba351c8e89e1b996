/**
 * @file A workbench on the plane: latents of two numbers, a small fixed network with a LoRA, hills as rewards, all on
 * the CPU. Every method runs on it in milliseconds, so its identities are tested without a device.
 */
import type { Executable } from '../../graph/executable';
import { constant, input, parameter, type Value } from '../../graph/graph';
import { activation } from '../../ops/activation';
import { add } from '../../ops/add';
import { linear } from '../../ops/matmul';
import { reshape } from '../../ops/reshape';
import { rowDot } from '../../ops/row-dot';
import type { LoraUse, RolloutRequest, Scored, VelocityOptions, VelocityRow } from '../bench';
import { CpuBench } from '../cpu-bench';
import { type RewardRow, textOf } from '../reward-form';
import { concatFloats } from '../rows';
import { samplerSigmas } from '../sigmas';

const HIDDEN = 8;
const RANK = 2;
const HILLS = 6;

/** Numbers in [-scale, scale] that depend on their name alone. */
function numbers(name: string, count: number, scale: number): Float32Array<ArrayBuffer> {
  let h = 2166136261;
  for (const char of name) h = Math.imul(h ^ char.charCodeAt(0), 16777619) >>> 0;
  return Float32Array.from({ length: count }, () => {
    h = (Math.imul(h ^ (h >>> 15), 2246822519) + 0x9e3779b9) >>> 0;
    return scale * (((h ^ (h >>> 13)) >>> 0) / 2 ** 31 - 1);
  });
}

const fixed = (name: string, shape: readonly number[], scale: number): Value =>
  constant(name, numbers(name, shape[0] * (shape[1] ?? 1), scale), shape);

export class PlaneBench extends CpuBench {
  /** The LoRA that is trained: A and B of the network's hidden layer. */
  readonly lora: Record<string, Float32Array<ArrayBuffer>> = {
    'hidden.lora_A.weight': numbers('A', RANK * HIDDEN, 0.5),
    'hidden.lora_B.weight': numbers('B', HIDDEN * RANK, 0.5),
  };
  /** The LoRA of rollouts that no gradient goes through: it stays as the trained one was at first. */
  readonly rolloutNumbers: Record<string, Float32Array>;
  /** Graph evaluations so far, those with a gradient apart. */
  readonly runs = { plain: 0, gradient: 0 };

  constructor(pictures: number, steps = 6) {
    super(pictures, samplerSigmas(steps, 2));
    this.rolloutNumbers = Object.fromEntries(Object.entries(this.lora).map(([name, data]) => [name, data.slice()]));
  }

  velocity(x: Value, { lora = 'trained', call = '' }: VelocityOptions = {}): Value {
    const [rows] = x.shape;
    const place = linear(x, fixed('w1', [HIDDEN, 2], 1));
    const when = linear(input(`${call}time`, [rows, 2]), fixed('wt', [HIDDEN, 2], 1));
    const text = linear(input(`${call}tokens`, [rows, 2]), fixed('wp', [HIDDEN, 2], 1));
    const inner = activation(add(add(place, when), text), 'silu');
    let hidden = linear(inner, fixed('w2', [HIDDEN, HIDDEN], 0.6));
    if (lora !== 'none') {
      const down = linear(inner, parameter('hidden.lora_A.weight', [RANK, HIDDEN]));
      hidden = add(hidden, linear(down, parameter('hidden.lora_B.weight', [HIDDEN, RANK])));
    }
    return linear(activation(hidden, 'silu'), fixed('w3', [2, HIDDEN], 1));
  }

  score(picture: Value): Scored {
    const [rows] = picture.shape;
    const features = activation(linear(picture, fixed('hills', [HILLS, 2], 1.5)), 'silu');
    const hill = rowDot(features, input('reward.plane.direction', [rows, HILLS]));
    return {
      reward: reshape(hill, [rows]),
      parts: new Map([['plane', hill]]),
      shares: new Map([['plane', 1]]),
      features: new Map([['plane', features]]),
    };
  }

  protected numbersOf({ attrs }: Value, lora: LoraUse): Float32Array {
    return (lora === 'old' ? this.rolloutNumbers : this.lora)[attrs.name];
  }

  protected override rolloutLora({ guided = true, lora = 'trained' }: RolloutRequest): LoraUse {
    return guided && lora === 'trained' ? 'old' : lora;
  }

  override async compile(outputs: Record<string, Value>, lora: LoraUse = 'trained'): Promise<Executable> {
    return this.#counted(await super.compile(outputs, lora), 'plain');
  }

  override async compileGradient(...of: Parameters<CpuBench['compileGradient']>): Promise<Executable> {
    return this.#counted(await super.compileGradient(...of), 'gradient');
  }

  async writeVelocity(to: Executable, rows: readonly VelocityRow[], call = ''): Promise<void> {
    to.write(`${call}time`, concatFloats(rows.map(({ sigma }) => [sigma, sigma * sigma])));
    to.write(`${call}tokens`, concatFloats(rows.map(({ prompt }) => numbers(prompt, 2, 1))));
  }

  async writeReward(to: Executable, rows: readonly RewardRow[]): Promise<void> {
    const direction = ({ prompt, texts }: RewardRow) => {
      const parts = texts.map(({ weight, word }) => ({ weight, c: numbers(textOf(prompt, word), HILLS, 1) }));
      return Float32Array.from({ length: HILLS }, (_, i) =>
        parts.reduce((sum, { weight, c }) => sum + weight * c[i], 0),
      );
    };
    to.write('reward.plane.direction', concatFloats(rows.map(direction)));
  }

  #counted(program: Executable, kind: 'plain' | 'gradient'): Executable {
    return {
      has: (name) => program.has(name),
      write: (name, data) => program.write(name, data),
      read: (name) => program.read(name),
      destroy: () => program.destroy(),
      runAndWait: async () => {
        await program.runAndWait();
        this.runs[kind]++;
      },
    };
  }
}
