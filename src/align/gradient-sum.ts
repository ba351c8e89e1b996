/**
 * @file The LoRA gradient of one update, added up over the backward passes it takes.
 *
 * Every pass leaves its gradient in `part`. The first of an update is copied, so that an update of one pass has the
 * very bits of that pass; further ones are added in the order in which they ran.
 */
import type { Gpu, GpuBuffer } from '../gpu/gpu';
import { Program } from '../gpu/program';
import { bindableRanges } from '../gpu/ranges';
import { grid } from '../ops/grid';

export class GradientSum {
  /** Where a pass leaves its gradient, laid out as the LoRA's factors. */
  readonly part: GpuBuffer;
  #program: Program | null = null;
  #passes = 0;

  /**
   * @param sum where the update's gradient is wanted; made with `ranges`
   * @param bindingBytes most bytes bound at once; longer buffers are worked on range by range
   */
  constructor(
    private readonly gpu: Gpu,
    private readonly sum: GpuBuffer,
    private readonly bindingBytes = gpu.description.limits.maxStorageBufferBindingSize,
  ) {
    this.part = gpu.buffer(sum.bytes, 'gradient of one pass', { ranges: true });
  }

  /** An update begins. */
  clear(): void {
    this.#passes = 0;
  }

  /** Adds what a pass has left in `part`. */
  async add(): Promise<void> {
    if (this.#passes++ === 0) return this.gpu.copy(this.part, this.sum);
    this.#program ??= await this.#prepare();
    this.#program.run();
  }

  /** The update's passes are over: without any the gradient is zero. */
  settle(): void {
    if (this.#passes === 0) this.gpu.write(this.sum, new Float32Array(this.sum.bytes / 4));
  }

  destroy(): void {
    this.part.destroy();
    this.#program?.destroy();
  }

  #prepare(): Promise<Program> {
    const ranges = bindableRanges(this.sum.bytes, this.bindingBytes);
    return Program.prepare(
      this.gpu,
      ranges.map(({ offset, bytes }) => ({
        shader: 'gradient-sum/add',
        constants: {},
        params: { count: bytes / 4 },
        buffers: { part: { buffer: this.part, offset, bytes }, sum: { buffer: this.sum, offset, bytes } },
        workgroups: grid(bytes / 4, 64),
        flops: bytes / 4,
        label: 'gradient sum',
      })),
    );
  }
}
