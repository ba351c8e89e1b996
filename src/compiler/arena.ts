/**
 * @file Memory that programs share: what a program keeps only while it runs, another may use before and after.
 *
 * A device runs what is queued in order, and a run is queued whole before the next, so intermediates of all programs may
 * lie in the same buffers. Inputs and outputs, which live from one run to the next, never do.
 */
import type { Gpu, GpuBuffer } from '../gpu/gpu';

export class Arena {
  readonly #gpu: Gpu;
  readonly #users = new Map<GpuBuffer, number>();

  constructor(gpu: Gpu) {
    this.#gpu = gpu;
  }

  /** Bytes of its buffers. */
  get bytes(): number {
    return [...this.#users.keys()].reduce((sum, { bytes }) => sum + bytes, 0);
  }

  /**
   * One buffer for every slot of a program, of at least its size and no two the same: buffers that are there where they
   * are large enough, new ones else.
   * @throws UserError where the device cannot hold them; nothing is taken then
   */
  take(slots: readonly number[]): GpuBuffer[] {
    const free = new Set(this.#users.keys());
    const taken = new Array<GpuBuffer>(slots.length);
    const bySize = slots.map((_, i) => i).sort((a, b) => slots[b] - slots[a] || a - b);
    try {
      for (const i of bySize) {
        let best: GpuBuffer | null = null;
        for (const buffer of free) {
          if (buffer.bytes >= slots[i] && (!best || buffer.bytes < best.bytes)) best = buffer;
        }
        best ??= this.#gpu.buffer(slots[i], 'arena');
        free.delete(best);
        this.#users.set(best, (this.#users.get(best) ?? 0) + 1);
        taken[i] = best;
      }
    } catch (error) {
      this.release(taken.filter(Boolean));
      throw error;
    }
    return taken;
  }

  /** A program is gone. What no other uses is freed. */
  release(buffers: readonly GpuBuffer[]): void {
    for (const buffer of buffers) {
      const users = this.#users.get(buffer);
      if (users === undefined) continue;
      if (users > 1) this.#users.set(buffer, users - 1);
      else {
        this.#users.delete(buffer);
        buffer.destroy();
      }
    }
  }
}
