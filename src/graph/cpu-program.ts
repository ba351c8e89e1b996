/**
 * @file A graph that runs on the CPU, in double precision: small networks where no device is wanted.
 */
import type { Executable } from './executable';
import { constantOp, extraOp, inputOp, reachable, type Value } from './graph';
import { compute } from './interpret';
import { intern } from './leaves';

/** A value to compute, and the places of its inputs' numbers. */
interface Task {
  node: Value;
  inputs: readonly number[];
  out: number;
}

export class CpuProgram implements Executable {
  readonly #inputs = new Map<string, { place: number; size: number }>();
  readonly #outputs = new Map<string, number>();
  /** The caller's numbers of parameters and weights. */
  readonly #placed: { place: number; numbers: ArrayLike<number> }[] = [];
  readonly #tasks: Task[] = [];
  /** Numbers of every value; of those that are computed, as the last run left them. */
  readonly #numbers: Float64Array[];
  #missing: Set<string>;
  #ran = false;

  /**
   * @param place numbers of parameters and weights; they stay the caller's, and every run reads them as they are then
   * @throws where a leaf has no numbers, or one name is given to two leaves that differ, or to an input and an output
   */
  constructor(outputs: Record<string, Value>, place: (leaf: Value) => ArrayLike<number> | undefined = () => undefined) {
    const roots = intern(Object.values(outputs));
    const nodes = reachable(roots);
    const at = new Map(nodes.map((node, i) => [node, i]));
    this.#numbers = new Array(nodes.length);
    Object.keys(outputs).forEach((name, i) => {
      this.#outputs.set(name, at.get(roots[i])!);
    });
    for (const [i, node] of nodes.entries()) {
      const { name } = node.attrs;
      if (node.op === inputOp) {
        const output = this.#outputs.get(name);
        if (output !== undefined && output !== i) throw new Error(`an input and an output are both called ${name}`);
        this.#inputs.set(name, { place: i, size: node.size });
      } else if (node.op === constantOp) {
        this.#numbers[i] = compute(node, []);
      } else if (node.inputs.length === 0) {
        const numbers = place(node);
        if (!numbers) throw new Error(`no numbers were given for ${name}`);
        if (numbers.length !== node.size)
          throw new Error(`${node.op.name} [${node.shape}] was given ${numbers.length} numbers`);
        this.#placed.push({ place: i, numbers });
      } else {
        const from = node.op === extraOp ? node.inputs[0] : node;
        this.#tasks.push({ node, inputs: from.inputs.map((x) => at.get(x)!), out: i });
      }
    }
    this.#missing = new Set(this.#inputs.keys());
  }

  has(name: string): boolean {
    return this.#inputs.has(name) || this.#outputs.has(name);
  }

  write(name: string, data: Float32Array): void {
    const input = this.#inputs.get(name);
    if (!input) throw new Error(`the program has no input ${name}`);
    if (data.length !== input.size) throw new Error(`${name} holds ${input.size} numbers, not ${data.length}`);
    this.#numbers[input.place] = Float64Array.from(data);
    this.#missing.delete(name);
  }

  /** Computes the outputs at once, in this call. */
  async runAndWait(): Promise<void> {
    if (this.#missing.size) throw new Error(`never written: input ${[...this.#missing].join(', ')}`);
    const numbers = this.#numbers;
    for (const { place, numbers: given } of this.#placed) numbers[place] = Float64Array.from(given);
    for (const { node, inputs, out } of this.#tasks) {
      numbers[out] = compute(
        node,
        inputs.map((i) => numbers[i]),
      );
    }
    this.#ran = true;
  }

  /** In single precision, as a device would give them. */
  async read(name: string): Promise<Float32Array<ArrayBuffer>> {
    const output = this.#outputs.get(name);
    if (output === undefined) throw new Error(`the program has no output ${name}`);
    if (!this.#ran) throw new Error(`${name} is read before the first run`);
    return Float32Array.from(this.#numbers[output]);
  }

  destroy(): void {
    this.#missing = new Set(this.#inputs.keys());
    this.#ran = false;
  }
}
