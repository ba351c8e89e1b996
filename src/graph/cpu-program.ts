/**
 * @file A graph that runs on the CPU, in double precision: small networks where no device is wanted.
 */
import type { Executable } from './executable';
import { constantOp, inputOp, reachable, type Value } from './graph';
import { interpret } from './interpret';
import { intern } from './leaves';

export class CpuProgram implements Executable {
  readonly #names: readonly string[];
  readonly #roots: readonly Value[];
  readonly #inputs = new Map<string, Value>();
  readonly #written = new Map<Value, Float64Array>();
  readonly #placed = new Map<Value, ArrayLike<number>>();
  #results: readonly Float64Array[] | null = null;

  /**
   * @param place numbers of parameters and weights; they stay the caller's, and every run reads them as they are then
   * @throws where a leaf has no numbers, or one name is given to two leaves that differ, or to an input and an output
   */
  constructor(outputs: Record<string, Value>, place: (leaf: Value) => ArrayLike<number> | undefined = () => undefined) {
    this.#names = Object.keys(outputs);
    this.#roots = intern(Object.values(outputs));
    for (const leaf of reachable(this.#roots).filter((v) => v.inputs.length === 0)) {
      const { name } = leaf.attrs;
      if (leaf.op === inputOp) {
        const output = this.#roots[this.#names.indexOf(name)];
        if (output && output !== leaf) throw new Error(`an input and an output are both called ${name}`);
        this.#inputs.set(name, leaf);
      } else if (leaf.op !== constantOp) {
        const numbers = place(leaf);
        if (!numbers) throw new Error(`no numbers were given for ${name}`);
        this.#placed.set(leaf, numbers);
      }
    }
  }

  has(name: string): boolean {
    return this.#inputs.has(name) || this.#names.includes(name);
  }

  write(name: string, data: Float32Array): void {
    const leaf = this.#inputs.get(name);
    if (!leaf) throw new Error(`the program has no input ${name}`);
    if (data.length !== leaf.size) throw new Error(`${name} holds ${leaf.size} numbers, not ${data.length}`);
    this.#written.set(leaf, Float64Array.from(data));
  }

  /** Computes the outputs at once, in this call. */
  async runAndWait(): Promise<void> {
    const missing = [...this.#inputs].filter(([, leaf]) => !this.#written.has(leaf)).map(([name]) => name);
    if (missing.length) throw new Error(`never written: input ${missing.join(', ')}`);
    this.#results = interpret(this.#roots, new Map<Value, ArrayLike<number>>([...this.#written, ...this.#placed]));
  }

  /** In single precision, as a device would give them. */
  async read(name: string): Promise<Float32Array<ArrayBuffer>> {
    const i = this.#names.indexOf(name);
    if (i < 0) throw new Error(`the program has no output ${name}`);
    if (!this.#results) throw new Error(`${name} is read before the first run`);
    return Float32Array.from(this.#results[i]);
  }

  destroy(): void {
    this.#written.clear();
    this.#results = null;
  }
}
