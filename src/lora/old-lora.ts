/**
 * @file The LoRA that follows the trained one slowly: old ← keeps·old + (1 − keeps)·trained, on the device.
 */
import type { Gpu, GpuBuffer } from '../gpu/gpu';
import { Program } from '../gpu/program';
import { bindableRanges } from '../gpu/ranges';
import { grid } from '../ops/grid';

export class OldLora {
  /** Laid out as the trained one's factors. */
  readonly parameters: GpuBuffer;
  readonly #settings: GpuBuffer;
  #program: Program | null = null;

  /** @param trained the trained LoRA's factors; made with `ranges` */
  constructor(
    private readonly gpu: Gpu,
    private readonly trained: GpuBuffer,
    private readonly bindingBytes = gpu.description.limits.maxStorageBufferBindingSize,
  ) {
    this.parameters = gpu.buffer(trained.bytes, 'old LoRA', { ranges: true });
    this.#settings = gpu.buffer(4, 'old LoRA keeps');
  }

  /** Compiles the kernel. Call once, before the first `follow`. */
  async prepare(): Promise<void> {
    const ranges = bindableRanges(this.parameters.bytes, this.bindingBytes);
    const settings = { buffer: this.#settings, offset: 0, bytes: 4 };
    this.#program = await Program.prepare(
      this.gpu,
      ranges.map(({ offset, bytes }) => ({
        shader: 'old-lora/follow',
        constants: {},
        params: { count: bytes / 4 },
        buffers: {
          settings,
          trained: { buffer: this.trained, offset, bytes },
          old: { buffer: this.parameters, offset, bytes },
        },
        workgroups: grid(bytes / 4, 64),
        flops: (3 * bytes) / 4,
        label: 'old LoRA',
      })),
    );
  }

  /** @param keeps share of itself, 0 … 1; at 0 it becomes the trained one to the bit */
  follow(keeps: number): void {
    if (!this.#program) throw new Error('OldLora.prepare has not run');
    if (keeps === 0) this.gpu.copy(this.trained, this.parameters);
    else {
      this.gpu.write(this.#settings, Float32Array.of(keeps));
      this.#program.run();
    }
  }

  destroy(): void {
    this.#program?.destroy();
    this.parameters.destroy();
    this.#settings.destroy();
  }
}
