/**
 * @file A workbench on the plane: latents of two numbers, a small fixed network with a LoRA, hills as rewards, all on
 * the CPU. Every method runs on it in milliseconds, so its identities are tested without a device.
 */
import { gradients } from '../../compiler/differentiate';
import { CpuProgram } from '../../graph/cpu-program';
import type { Executable } from '../../graph/executable';
import { constant, input, parameter, parameterOp, reachable, type Value } from '../../graph/graph';
import { activation } from '../../ops/activation';
import { add } from '../../ops/add';
import { linear } from '../../ops/matmul';
import { reshape } from '../../ops/reshape';
import { rowDot } from '../../ops/row-dot';
import type {
  Bench,
  LoraUse,
  NamedTensor,
  Rollout,
  RolloutRequest,
  Scored,
  VelocityOptions,
  VelocityRow,
} from '../bench';
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

export class PlaneBench implements Bench {
  readonly latentShape = [2];
  readonly firstTower = 'plane';
  readonly sigmas: readonly number[];
  /** The LoRA that is trained: A and B of the network's hidden layer. */
  readonly lora = {
    'hidden.lora_A.weight': numbers('A', RANK * HIDDEN, 0.5),
    'hidden.lora_B.weight': numbers('B', HIDDEN * RANK, 0.5),
  };
  /** The LoRA of rollouts that no gradient goes through: it stays as the trained one was at first. */
  readonly rolloutLora: Record<string, Float32Array>;
  /** The update's gradient by factor. */
  gradient: Record<string, Float32Array> = {};
  /** Graph evaluations so far, those with a gradient apart. */
  readonly runs = { plain: 0, gradient: 0 };

  constructor(
    readonly pictures: number,
    steps = 6,
  ) {
    this.sigmas = samplerSigmas(steps, 2);
    this.rolloutLora = Object.fromEntries(Object.entries(this.lora).map(([name, data]) => [name, data.slice()]));
  }

  clearGradient(): void {
    this.gradient = {};
  }

  latents(name: string, rows: number): Value {
    return input(name, [rows, 2]);
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

  picture(x0: Value): Value {
    return x0;
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

  async compile(outputs: Record<string, Value>, lora: LoraUse = 'trained'): Promise<Executable> {
    return this.#program(outputs, lora === 'old' ? this.rolloutLora : this.lora);
  }

  async compileGradient(
    outputs: Record<string, Value>,
    loss: Value,
    seed: Value,
    wrt: Record<string, Value> = {},
  ): Promise<Executable> {
    const found = reachable([loss]).filter(({ op }) => op === parameterOp);
    const parameters = [...new Map(found.map((value) => [value.attrs.name as string, value])).values()];
    const grads = gradients(loss, seed, [...parameters, ...Object.values(wrt)]);
    const all = { ...outputs };
    Object.keys(wrt).forEach((name, i) => {
      all[name] = grads[parameters.length + i];
    });
    parameters.forEach(({ attrs }, i) => {
      all[`grad.${attrs.name}`] = grads[i];
    });
    return this.#program(all, this.lora, async (program) => {
      for (const { attrs } of parameters) {
        const part = await program.read(`grad.${attrs.name}`);
        this.gradient[attrs.name] = part.map((v, i) => v + (this.gradient[attrs.name]?.[i] ?? 0));
      }
    });
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

  async rollout({
    x,
    prompts,
    from = 0,
    to,
    guided = true,
    lora = 'trained',
    keep = [],
    onStep,
  }: RolloutRequest): Promise<Rollout> {
    const rows = prompts.length;
    const end = to ?? this.sigmas.length - 1;
    const at = this.latents('x', rows);
    const program = this.#program(
      { v: this.velocity(at, { lora }) },
      guided || lora === 'old' ? this.rolloutLora : this.lora,
    );
    const kept = new Map<number, Float32Array<ArrayBuffer>>();
    let now = Float32Array.from(x);
    if (keep.includes(from)) kept.set(from, now.slice());
    for (let i = from; i < end; i++) {
      const sigma = this.sigmas[i];
      program.write('x', now);
      await this.writeVelocity(
        program,
        prompts.map((prompt) => ({ prompt, sigma })),
      );
      await program.runAndWait();
      const v = await program.read('v');
      now = now.map((value, j) => value + (this.sigmas[i + 1] - sigma) * v[j]);
      if (keep.includes(i + 1)) kept.set(i + 1, now.slice());
      onStep?.(i + 1 - from, end - from);
    }
    return { x: now, kept };
  }

  latentTensor(name: string, data: Float32Array): NamedTensor {
    return { name, shape: [this.pictures, 2], data };
  }

  pictureTensor(name: string, data: Float32Array): NamedTensor {
    return this.latentTensor(name, data);
  }

  /** A graph on the CPU with a LoRA's numbers; `after` its gradient's runs. */
  #program(
    outputs: Record<string, Value>,
    lora: Readonly<Record<string, Float32Array>>,
    after?: (program: CpuProgram) => Promise<void>,
  ): Executable {
    const program = new CpuProgram(outputs, (leaf) => lora[leaf.attrs.name]);
    return {
      has: (name) => program.has(name),
      write: (name, data) => program.write(name, data),
      read: (name) => program.read(name),
      destroy: () => program.destroy(),
      runAndWait: async () => {
        await program.runAndWait();
        this.runs[after ? 'gradient' : 'plain']++;
        await after?.(program);
      },
    };
  }
}
