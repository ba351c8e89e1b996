/**
 * @file A workbench on the plane whose graphs run on the CPU: what bench.ts asks for, but for the network and the
 * rewards, which are those of whoever extends it. Latents are the two numbers of a point, and its picture is the point.
 */
import { gradients } from '../compiler/differentiate';
import { CpuProgram } from '../graph/cpu-program';
import type { Executable } from '../graph/executable';
import { input, parameterOp, reachable, type Value } from '../graph/graph';
import type {
  Bench,
  LoraUse,
  NamedTensor,
  Rollout,
  RolloutRequest,
  Scored,
  VelocityOptions,
  VelocityRow,
} from './bench';
import type { RewardRow } from './reward-form';

export abstract class CpuBench implements Bench {
  readonly latentShape = [2];
  readonly firstTower = 'plane';
  /** The update's gradient by factor. */
  gradient: Record<string, Float32Array> = {};
  readonly #samplers = new Map<string, Promise<Executable>>();

  constructor(
    readonly pictures: number,
    readonly sigmas: readonly number[],
  ) {}

  abstract velocity(x: Value, options?: VelocityOptions): Value;
  abstract score(picture: Value): Scored;
  abstract writeVelocity(to: Executable, rows: readonly VelocityRow[], call?: string): Promise<void>;
  abstract writeReward(to: Executable, rows: readonly RewardRow[]): Promise<void>;
  /** Numbers of a frozen tensor or of a factor of that LoRA. */
  protected abstract numbersOf(leaf: Value, lora: LoraUse): ArrayLike<number> | undefined;

  /** Before each update, and each further pass. */
  clearGradient(): void {
    this.gradient = {};
  }

  latents(name: string, rows: number): Value {
    return input(name, [rows, ...this.latentShape]);
  }

  picture(x0: Value): Value {
    return x0;
  }

  async compile(outputs: Record<string, Value>, lora: LoraUse = 'trained'): Promise<Executable> {
    return this.#program(outputs, lora);
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
    const program = this.#program(all, 'trained');
    return {
      has: (name) => program.has(name),
      write: (name, data) => program.write(name, data),
      read: (name) => program.read(name),
      destroy: () => program.destroy(),
      runAndWait: async () => {
        await program.runAndWait();
        for (const { attrs } of parameters) {
          const part = await program.read(`grad.${attrs.name}`);
          const sum = this.gradient[attrs.name];
          this.gradient[attrs.name] = sum ? part.map((v, i) => v + sum[i]) : part;
        }
      },
    };
  }

  /** Whose factors a rollout draws with; guidance is none of the plane's. */
  protected rolloutLora({ lora = 'trained' }: Pick<RolloutRequest, 'lora' | 'guided'>): LoraUse {
    return lora;
  }

  async rollout(request: RolloutRequest): Promise<Rollout> {
    const { x, prompts, from = 0, to = this.sigmas.length - 1, keep = [], onStep } = request;
    const program = await this.#sampler(prompts.length, this.rolloutLora(request));
    const kept = new Map<number, Float32Array<ArrayBuffer>>();
    let now = Float32Array.from(x);
    if (keep.includes(from)) kept.set(from, now.slice());
    for (let i = from; i < to; i++) {
      const sigma = this.sigmas[i];
      program.write('x', now);
      await this.writeVelocity(
        program,
        prompts.map((prompt) => ({ prompt, sigma })),
      );
      await program.runAndWait();
      const v = await program.read('v');
      const delta = this.sigmas[i + 1] - sigma;
      now = now.map((value, j) => value + delta * v[j]);
      if (keep.includes(i + 1)) kept.set(i + 1, now.slice());
      onStep?.(i + 1 - from, to - from);
    }
    return { x: now, kept };
  }

  latentTensor(name: string, data: Float32Array): NamedTensor {
    return { name, shape: [this.pictures, ...this.latentShape], data };
  }

  pictureTensor(name: string, data: Float32Array): NamedTensor {
    return this.latentTensor(name, data);
  }

  #program(outputs: Record<string, Value>, lora: LoraUse): CpuProgram {
    return new CpuProgram(outputs, (leaf) => this.numbersOf(leaf, lora));
  }

  #sampler(rows: number, lora: LoraUse): Promise<Executable> {
    const kind = `${lora} ${rows}`;
    let sampler = this.#samplers.get(kind);
    if (!sampler) {
      sampler = this.compile({ v: this.velocity(this.latents('x', rows), { lora }) }, lora);
      this.#samplers.set(kind, sampler);
    }
    return sampler;
  }
}
