/** @file What a base needs of this device, asked of the worker before any weight is read. */
import type { MemorySum } from '../../align/memory-sum';
import type { BundleInfo, BundleLocation } from '../../worker/protocol';
import { ask } from './messages';

export interface Weighed {
  info: BundleInfo;
  sum: MemorySum;
  /** Bytes that this device binds at once; null where there is none. */
  binding: number | null;
  /** A sentence where it does not fit. */
  problem: string | null;
}

/**
 * @param memory bytes of the graphics card, null where the user has not said
 * @param rank of the LoRA
 * @throws UserError for a base that cannot be opened
 */
export async function weigh(bundle: BundleLocation, memory: number | null, rank: number): Promise<Weighed> {
  const adapter = await navigator.gpu?.requestAdapter().catch(() => null);
  const binding = adapter?.limits.maxStorageBufferBindingSize ?? null;
  const { info } = await ask({ type: 'describe', bundle }, 'described');
  const { sum, problem } = await ask({ type: 'weigh', bundle, room: { binding, memory }, rank }, 'weighed');
  return { info, sum, binding, problem };
}
