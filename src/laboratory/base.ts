/**
 * @file The base of the laboratory: the network trained on the data by flow matching,
 *
 *     x_σ = σ·ε + (1−σ)·x0,  L = mean |v(x_σ, σ) − (ε − x0)|²
 *
 * with the gradients of compiler/differentiate on the CPU.
 */
import { Random } from '../align/random';
import { gradients } from '../compiler/differentiate';
import { CpuProgram } from '../graph/cpu-program';
import { constant, input, parameter } from '../graph/graph';
import { concatFloats, repeatRows } from '../methods/rows';
import { rowCombine } from '../ops/row-combine';
import { scale } from '../ops/scale';
import { HostAdamW } from './adamw';
import { pointsOf, type Spot } from './data';
import { DIMENSIONS, network, TIME, timeFeatures, WEIGHTS } from './network';

const BATCH = 128;
const RATE = 4e-3;
/** Share of the updates over which the learning rate grows. */
const WARM = 0.02;

export class Base {
  /** Updates done. */
  step = 0;
  /** Mean of the last losses, which falls to what no network could explain. */
  loss = Number.NaN;
  /** Frozen tensors of the alignment that follows, trained in place. */
  readonly weights: Readonly<Record<string, Float64Array>>;
  readonly #optimizer: HostAdamW;
  readonly #program: CpuProgram;
  readonly #random: Random;

  /** @param updates after which it is trained */
  constructor(
    readonly spots: readonly Spot[],
    readonly seed: number,
    readonly updates = 1200,
  ) {
    const random = Random.stream(seed, 'factors');
    this.weights = Object.fromEntries(WEIGHTS.map(({ name, shape }) => [name, initial(shape, random)]));
    this.#optimizer = new HostAdamW(this.weights);
    this.#random = Random.stream(seed, 'updates');
    const v = network(input('x', [BATCH, DIMENSIONS]), input('time', [BATCH, TIME]), parameter, null);
    const off = rowCombine(constant('off', repeatRows([1, -1], BATCH), [BATCH, 2]), [v, input('target', v.shape)]);
    const leaves = WEIGHTS.map(({ name, shape }) => parameter(name, shape));
    const grads = gradients(v, scale(off, 2 / v.size), leaves);
    const outputs = Object.fromEntries(WEIGHTS.map(({ name }, i) => [`grad.${name}`, grads[i]]));
    this.#program = new CpuProgram({ off, ...outputs }, (leaf) => this.weights[leaf.attrs.name]);
  }

  get isTrained(): boolean {
    return this.step >= this.updates;
  }

  /** One update. @throws where it is trained already */
  async train(): Promise<void> {
    if (this.isTrained) throw new Error('the base is trained');
    const random = this.#random;
    const x0 = pointsOf(this.spots, BATCH, random);
    const noise = random.normals(x0.length);
    // Every level is met in every batch.
    const sigmas = Array.from({ length: BATCH }, (_, i) => (i + random.uniform()) / BATCH);
    const x = x0.map((value, e) => value + sigmas[e >> 1] * (noise[e] - value));
    this.#program.write('x', x);
    this.#program.write('time', concatFloats(sigmas.map(timeFeatures)));
    this.#program.write(
      'target',
      noise.map((value, e) => value - x0[e]),
    );
    await this.#program.runAndWait();
    const off = await this.#program.read('off');
    const loss = off.reduce((sum, value) => sum + value * value, 0) / BATCH;
    this.loss = Number.isNaN(this.loss) ? loss : 0.95 * this.loss + 0.05 * loss;
    const found: Record<string, Float32Array> = {};
    for (const { name } of WEIGHTS) found[name] = await this.#program.read(`grad.${name}`);
    const done = this.step / this.updates;
    const learningRate = RATE * Math.min(1, (done + 1 / this.updates) / WARM) * 0.5 * (1 + Math.cos(Math.PI * done));
    this.step++;
    this.#optimizer.step(found, { learningRate, weightDecay: 0, clipNorm: 1, step: this.step });
  }
}

/** Uniform in ±1/√in, biases zero. */
function initial(shape: readonly number[], random: Random): Float64Array {
  const [out, from] = shape;
  if (from === undefined) return new Float64Array(out);
  const bound = Math.sqrt(3 / from);
  return Float64Array.from({ length: out * from }, () => (2 * random.uniform() - 1) * bound);
}
