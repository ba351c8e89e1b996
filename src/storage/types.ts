/**
 * @file What the studio keeps in IndexedDB: runs, their snapshots and pictures, and adapters.
 *
 * Every record carries `version`; `migrations.ts` brings older ones forward.
 */
import type { RunFile } from '../formats/run-file';
import type { Metrics } from '../worker/protocol';

export interface RunRecord {
  version: 1;
  id: string;
  name: string;
  run: RunFile;
  /** Updates done. */
  step: number;
  state: 'paused' | 'stopped' | 'finished';
  createdAt: number;
  updatedAt: number;
  baseHash: string;
  metrics: Metrics[];
  /** Updates before which the control words were changed, with the words used from then on. */
  wordChanges: { step: number; positive: string[]; negative: string[] }[];
  /** PNG bytes of the latest sample of the first prompt. */
  thumbnail: Uint8Array | null;
  /** Training steps of which an adapter is kept. */
  keptSteps: number[];
  deletedAt?: number;
}

/** Everything a bit-equal resume needs; written in one transaction with its run's record. */
export interface SnapshotRecord {
  version: 1;
  runId: string;
  step: number;
  parameters: Float32Array;
  firstMoment: Float32Array;
  secondMoment: Float32Array;
  rngState: string;
  kernelVariants: Record<string, string>;
}

export interface AdapterRecord {
  version: 1;
  id: string;
  name: string;
  createdAt: number;
  /** The .safetensors file itself: keys, metadata and all. */
  file: Uint8Array;
  rank: number;
  baseHash: string | null;
  runId: string | null;
  step: number | null;
  thumbnail: Uint8Array | null;
  deletedAt?: number;
}
