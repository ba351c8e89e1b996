/**
 * @file What a graph becomes on a device: a prepared program with names for its inputs and outputs.
 */
import type { Gpu } from '../gpu/gpu';
import type { BufferRange, Program } from '../gpu/program';
import type { Executable } from '../graph/executable';
import type { Memory } from './allocate';

/** Where an input or output lives, and how many numbers it holds. */
export interface Named {
  range: BufferRange;
  size: number;
}

interface Parts {
  named: ReadonlyMap<string, Named>;
  /** Inputs that must be written before the first run. */
  unwritten: readonly string[];
  memory: Memory;
  leastBytes: number;
}

/** A compiled graph: write inputs, run, read outputs. */
export class Compiled implements Executable {
  /** Bytes of intermediates, and the least any plan could use. */
  readonly memory: Pick<Memory, 'bytes' | 'lowerBound'>;
  /** The least a replay could move: every leaf read once, every output written once. */
  readonly leastBytes: number;
  readonly #gpu: Gpu;
  readonly #parts: Parts;
  readonly #unwritten: Set<string>;

  constructor(
    gpu: Gpu,
    readonly program: Program,
    parts: Parts,
  ) {
    this.#gpu = gpu;
    this.#parts = parts;
    this.#unwritten = new Set(parts.unwritten);
    this.memory = parts.memory;
    this.leastBytes = parts.leastBytes;
  }

  /** Queues a write of an input by name. @throws on an unknown name or a wrong length. */
  write(name: string, data: Float32Array): void {
    const { range, size } = this.range(name);
    if (data.length !== size) throw new Error(`${name} holds ${size} numbers, not ${data.length}`);
    this.#gpu.write(range.buffer, data, range.offset);
  }
  /** Whether the program has that input or output (an input nothing reads is dropped). */
  has(name: string): boolean {
    return this.#parts.named.has(name);
  }
  /** Where an input or output lives; whoever asks for an input's place is taken to fill it. */
  range(name: string): Named {
    const found = this.#named(name);
    this.#unwritten.delete(name);
    return found;
  }
  /** Queues one replay. @throws where an input was never written. */
  run(): void {
    this.#checkWritten();
    this.program.run();
  }
  /** The same, and waits for it. */
  async runAndWait(): Promise<void> {
    this.#checkWritten();
    await this.program.runAndWait();
  }
  read(name: string): Promise<Float32Array<ArrayBuffer>> {
    const { range, size } = this.#named(name);
    return this.#gpu.readFloats(range.buffer, range.offset, size);
  }
  destroy(): void {
    this.program.destroy();
    this.#parts.memory.free();
  }

  #named(name: string): Named {
    const found = this.#parts.named.get(name);
    if (!found) throw new Error(`the program has no input or output ${name}`);
    return found;
  }
  #checkWritten(): void {
    if (this.#unwritten.size) throw new Error(`never written: input ${[...this.#unwritten].join(', ')}`);
  }
}
