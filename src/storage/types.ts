/**
 * @file What the studio keeps in IndexedDB: runs, their snapshots, kept LoRAs and sample pictures, and LoRAs of
 * the Library.
 *
 * Every record carries `version`; `migrations.ts` brings older ones forward, `schemas.ts` checks what is read.
 */
import type { WordChange } from '../formats/control-words';
import type { Metrics } from '../formats/metrics';
import type { RunFile } from '../formats/run-file';

type Bytes = Uint8Array<ArrayBuffer>;

export interface RunRecord {
  version: 1;
  id: string;
  name: string;
  run: RunFile;
  /** Updates done. */
  step: number;
  /** A run that trains now is `paused` here: that is what it is when its tab dies. */
  state: 'paused' | 'stopped' | 'finished';
  createdAt: number;
  updatedAt: number;
  /** sha256 of the base's transformer. */
  baseHash: string;
  metrics: Metrics[];
  /** Updates done when the control words were changed, with the words used from then on. */
  wordChanges: WordChange[];
  /** PNG bytes of the latest sample of the first prompt. */
  thumbnail: Bytes | null;
  /** Training steps of which a LoRA is kept. */
  keptSteps: number[];
  /** When it was deleted; it is purged some time later and can be brought back until then. */
  deletedAt?: number;
}

/** Everything a bit-equal resume needs; written in one transaction with its run's record. */
export interface SnapshotRecord {
  version: 1;
  runId: string;
  step: number;
  parameters: Float32Array<ArrayBuffer>;
  firstMoment: Float32Array<ArrayBuffer>;
  secondMoment: Float32Array<ArrayBuffer>;
  rngState: string;
  kernelVariants: Record<string, string>;
  /** The control words in use. */
  positive: string[];
  negative: string[];
  /** The linears adapted, in the order of `parameters`: with them an export needs no base model. */
  linears: { name: string; in: number; out: number }[];
}

/** The LoRA as it was after `step` updates. */
export interface KeptLoraRecord {
  version: 1;
  runId: string;
  step: number;
  /** The .safetensors file as it would be exported. */
  file: Bytes;
}

/** The sample grid drawn after `step` updates. */
export interface SampleRecord {
  version: 1;
  runId: string;
  step: number;
  prompts: string[];
  seeds: number[];
  /** PNG bytes, one picture a prompt. */
  pictures: Bytes[];
}

export interface LoraRecord {
  version: 1;
  id: string;
  name: string;
  createdAt: number;
  /** The .safetensors file itself: keys, metadata and all; or a PEFT folder as zip, as it was imported. */
  file: Bytes;
  rank: number;
  baseHash: string | null;
  runId: string | null;
  step: number | null;
  thumbnail: Bytes | null;
  deletedAt?: number;
}
