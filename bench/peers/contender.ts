/** @file What a library must be able to do to be measured: prepare a row, run it again and again, show its output. */
import type { Operation, Work } from './work';

export const CONTENDERS = ['ours', 'onnxruntime-web', 'TF.js', 'jax-js'] as const;
export type ContenderId = (typeof CONTENDERS)[number];
export type PeerId = Exclude<ContenderId, 'ours'>;

/** Work that is ready to be run; its operands are on the device. */
export interface Prepared {
  /** Does it so many times and resolves when the last is done on the device. */
  run(repeats: number): Promise<void>;
  /** The output in the order of work.ts. */
  output(): Promise<Float32Array>;
  destroy(): void;
}

/** What our own engine tells besides: of one run. */
export interface Counted {
  gflop: number;
  dispatches: number;
  /** Bytes bound to the dispatches, and the least possible: weights, inputs and outputs once. */
  bytes: number;
  leastBytes: number;
  /** Most bytes in buffers while this row was prepared and run. */
  peakBytes: number;
}

export interface Contender<W extends Work = Operation> {
  id: ContenderId;
  version: string;
  /** @throws where the library cannot do this; the message's first line is shown in the cell */
  prepare(work: W): Promise<Prepared>;
}
