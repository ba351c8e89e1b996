/**
 * @file What a graph becomes on a device: a prepared program with names for its inputs and outputs.
 */
import type { Gpu, GpuBuffer } from '../gpu/gpu';
import type { BufferRange, Program } from '../gpu/program';

/** A compiled graph: write inputs, run, read outputs. */
export class Compiled {
  constructor(
    private readonly gpu: Gpu,
    readonly program: Program,
    private readonly named: Map<string, { range: BufferRange; size: number }>,
    private readonly owned: GpuBuffer[],
    /** Bytes of intermediates, and the least any plan could use. */
    readonly memory: { bytes: number; lowerBound: number },
    /** The least a replay could move: every leaf read once, every output written once. */
    readonly leastBytes: number,
  ) {}

  /** Queues a write of an input by name. @throws on an unknown name or a wrong length. */
  write(name: string, data: Float32Array): void {
    const { range, size } = this.range(name);
    if (data.length !== size) throw new Error(`${name} holds ${size} numbers, not ${data.length}`);
    this.gpu.write(range.buffer, data, range.offset);
  }
  /** Whether the program has that input or output (an input nothing reads is dropped). */
  has(name: string): boolean {
    return this.named.has(name);
  }
  /** Where an input or output lives. */
  range(name: string): { range: BufferRange; size: number } {
    const found = this.named.get(name);
    if (!found) throw new Error(`the program has no input or output ${name}`);
    return found;
  }
  run(): void {
    this.program.run();
  }
  runAndWait(): Promise<void> {
    return this.program.runAndWait();
  }
  read(name: string): Promise<Float32Array<ArrayBuffer>> {
    const { range, size } = this.range(name);
    return this.gpu.readFloats(range.buffer, range.offset, size);
  }
  destroy(): void {
    this.program.destroy();
    for (const buffer of this.owned) buffer.destroy();
  }
}
