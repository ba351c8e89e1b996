/**
 * @file AdamW on the LoRA's flat parameter buffer, with the gradients' global norm clipped first.
 *
 * The same arithmetic as torch.nn.utils.clip_grad_norm_ followed by torch.optim.AdamW. Everything stays on the
 * GPU: the norm is reduced in two stages of fixed order (the same gradients give the same bits), and where it is
 * not finite the kernels themselves leave parameters and moments as they are.
 */
import type { Gpu, GpuBuffer } from '../gpu/gpu';
import { type BufferRange, type PreparedDispatch, Program } from '../gpu/program';
import { bindableRanges } from '../gpu/ranges';
import { grid } from '../ops/grid';

const BETA1 = 0.9;
const BETA2 = 0.999;
const EPSILON = 1e-8;
/** Workgroups of the norm's first stage, for each range of the buffers. */
const MAX_PARTIALS = 256;

export interface AdamWStep {
  learningRate: number;
  /** Decoupled: parameters shrink by learningRate · weightDecay, whatever the gradient. */
  weightDecay: number;
  /** Longest gradient an update may use; longer ones are scaled down to it. */
  clipNorm: number;
  /** Number of this update, from 1. */
  step: number;
}

export class AdamW {
  /** [count] each, zeros at first. What lies between tensors is padding: as long as it is zero it stays so. */
  readonly parameters: GpuBuffer;
  readonly gradients: GpuBuffer;
  readonly firstMoment: GpuBuffer;
  readonly secondMoment: GpuBuffer;
  readonly #gpu: Gpu;
  readonly #bindingBytes: number;
  readonly #settings: GpuBuffer;
  readonly #norm: GpuBuffer;
  #partials: GpuBuffer | null = null;
  #program: Program | null = null;

  /**
   * @param count numbers in the parameter buffer, padding included
   * @param bindingBytes most bytes bound at once; longer buffers are worked on range by range
   */
  constructor(
    gpu: Gpu,
    readonly count: number,
    bindingBytes = gpu.description.limits.maxStorageBufferBindingSize,
  ) {
    this.#gpu = gpu;
    this.#bindingBytes = bindingBytes;
    this.parameters = gpu.buffer(count * 4, 'LoRA parameters', { ranges: true });
    this.gradients = gpu.buffer(count * 4, 'LoRA gradients', { ranges: true });
    this.firstMoment = gpu.buffer(count * 4, 'LoRA first moment', { ranges: true });
    this.secondMoment = gpu.buffer(count * 4, 'LoRA second moment', { ranges: true });
    this.#settings = gpu.buffer(8 * 4, 'optimizer settings');
    this.#norm = gpu.buffer(3 * 4, 'gradient norm');
  }

  /** Compiles the kernels. Call once, before the first step. */
  async prepare(): Promise<void> {
    const ranges: { offset: number; bytes: number; partials: number; first: number }[] = [];
    let partialCount = 0;
    for (const { offset, bytes } of bindableRanges(this.count * 4, this.#bindingBytes)) {
      const partials = Math.min(MAX_PARTIALS, Math.ceil(bytes / 4 / 64));
      ranges.push({ offset, bytes, partials, first: partialCount });
      partialCount += partials;
    }
    this.#partials = this.#gpu.buffer(partialCount * 8, 'partial norms');
    const whole = (buffer: GpuBuffer): BufferRange => ({ buffer, offset: 0, bytes: buffer.bytes });
    const partials = whole(this.#partials);
    const settings = whole(this.#settings);
    const norm = whole(this.#norm);
    const common = { constants: {}, label: 'adamw' };
    const dispatches: PreparedDispatch[] = [
      ...ranges.map(({ offset, bytes, partials: groups, first }) => ({
        ...common,
        shader: 'adamw/norm-partial',
        params: { count: bytes / 4, first },
        buffers: { gradients: { buffer: this.gradients, offset, bytes }, partials },
        workgroups: [groups, 1, 1] as const,
        flops: bytes / 2,
      })),
      {
        ...common,
        shader: 'adamw/norm',
        params: { count: partialCount },
        buffers: { partials, settings, norm },
        workgroups: [1, 1, 1],
        flops: partialCount,
      },
      ...ranges.map(({ offset, bytes }) => ({
        ...common,
        shader: 'adamw/update',
        params: { count: bytes / 4 },
        buffers: {
          settings,
          norm,
          gradients: { buffer: this.gradients, offset, bytes },
          parameters: { buffer: this.parameters, offset, bytes },
          first_moment: { buffer: this.firstMoment, offset, bytes },
          second_moment: { buffer: this.secondMoment, offset, bytes },
        },
        workgroups: grid(bytes / 4, 64),
        flops: bytes * 4,
      })),
    ];
    this.#program = await Program.prepare(this.#gpu, dispatches);
  }

  /** Queues norm and update from what `gradients` holds; nothing is waited for. Call `prepare` first. */
  step({ learningRate, weightDecay, clipNorm, step }: AdamWStep): void {
    if (!this.#program) throw new Error('AdamW.prepare has not run');
    if (!Number.isInteger(step) || step < 1) throw new Error(`AdamW counts updates from 1, not ${step}`);
    // In double precision, as torch computes them.
    const settings = Float32Array.of(
      Math.min(clipNorm, 3e38),
      1 - learningRate * weightDecay,
      learningRate / (1 - BETA1 ** step),
      Math.sqrt(1 - BETA2 ** step),
      1 - BETA1,
      BETA2,
      1 - BETA2,
      EPSILON,
    );
    this.#gpu.write(this.#settings, settings);
    this.#program.run();
  }

  /** The gradients' norm at the last step, before clipping; NaN where it was not finite and no update happened. */
  async readNorm(): Promise<number> {
    const [norm, , finite] = await this.#gpu.readFloats(this.#norm);
    return finite ? norm : Number.NaN;
  }

  destroy(): void {
    this.#program?.destroy();
    for (const buffer of [this.parameters, this.gradients, this.firstMoment, this.secondMoment]) buffer.destroy();
    for (const buffer of [this.#settings, this.#norm, this.#partials]) buffer?.destroy();
  }
}
