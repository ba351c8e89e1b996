/**
 * @file The messages between the page and its one worker: two tagged unions, nothing else crosses.
 *
 * The page sends `Request`s, the worker answers with `Event`s. A request that expects its own answer
 * carries a `requestId`; every event that answers it carries the same one. Pictures cross as RGBA
 * bytes whose buffers are transferred.
 */
import type { DeviceRoom, MemorySum } from '../align/memory-sum';
import type { WordChange } from '../formats/control-words';
import type { Evaluation } from '../formats/evaluation';
import type { BundleInfo, GpuInfo } from '../formats/infos';
import type { JudgedGrid } from '../formats/judged';
import type { Metrics } from '../formats/metrics';
import type { PerceptionFile } from '../formats/perception';
import type { Vote } from '../formats/person';
import type { RunFile } from '../formats/run-file';
import type { Column, TimelineOf } from '../formats/timeline';
import type { BundleOptions } from '../models/bundle';

/** An RGBA picture, 8 bits a channel, row by row; `data.buffer` is transferred. */
export interface Picture {
  width: number;
  height: number;
  data: Uint8ClampedArray<ArrayBuffer>;
}

/** Where a bundle's files are: below a URL of our own origin, or dropped by the user. */
export type BundleLocation =
  | { kind: 'url'; base: string }
  | { kind: 'files'; name: string; files: { path: string; file: File }[]; options?: BundleOptions };

/** A LoRA to draw with: none (the base), one kept in the Library, one of a run's kept steps, or raw bytes. */
export type LoraRef =
  | { kind: 'base' }
  | { kind: 'stored'; loraId: string }
  | { kind: 'run'; runId: string; step?: number }
  | { kind: 'file'; bytes: ArrayBuffer; name: string };

/** A picture to draw. */
export interface PictureAsked {
  prompt: string;
  seed: number;
}

/** What the timeline shows at one sigma. */
export type TimelineColumn = Column<Picture>;

export type Timeline = TimelineOf<Picture>;

export type { BundleInfo, GpuInfo, Metrics };

export type Request =
  /** Reads sizes only, downloads nothing large: what consent has to name. */
  | { type: 'describe'; requestId: number; bundle: BundleLocation }
  /** What a run of the bundle needs of a device, before any weight is read. */
  | { type: 'weigh'; requestId: number; bundle: BundleLocation; room: DeviceRoom; rank: number }
  /** Downloads and verifies the bundle, opens the GPU. */
  | { type: 'open'; requestId: number; bundle: BundleLocation }
  /** `name` is what the Library calls the run; by default its first prompt and word. */
  | { type: 'start'; runId: string; run: RunFile; name?: string; warmStart?: LoraRef }
  /** Continues a stored run from its last snapshot; `steps` is its new number of updates in all. */
  | { type: 'resume'; runId: string; steps?: number }
  | { type: 'pause' }
  | { type: 'step' }
  | { type: 'continue' }
  /** Stops and keeps the LoRA as it is; with `discard` a run without updates is not kept. */
  | { type: 'stop'; discard?: true }
  /** Adds so many updates to the run that is open. */
  | { type: 'extend'; steps: number }
  | { type: 'set-words'; positive: string[]; negative: string[] }
  /** A person's votes on the pictures of the ballot for update `step`. */
  | { type: 'votes'; step: number; votes: Vote[] }
  | {
      type: 'inspect';
      requestId: number;
      run: RunFile;
      /** null: the current training picture of the active run. */
      prompt: string | null;
      seed: number;
      lora: LoraRef;
      sigmas: number[];
    }
  | {
      type: 'generate';
      requestId: number;
      pictures: PictureAsked[];
      steps: number;
      guidance: number;
      lora: LoraRef;
      strength: number;
    }
  /** Whether LoRAs are there and fit the base: known before anything is drawn with them. */
  | { type: 'check'; requestId: number; loras: { lora: LoraRef; strength: number }[] }
  | {
      type: 'judge';
      requestId: number;
      /** Pictures of each side: every prompt with every seed, prompts outermost. The first is compared with. */
      sides: { name: string; pictures: Picture[] }[];
      prompts: string[];
      /** Pictures of a prompt. */
      seeds: number;
      steps: number;
      guidance: number;
      positive: string[];
      negative: string[];
    }
  | {
      type: 'perceive';
      requestId: number;
      /** A control word. */
      word: string;
      /** Rewards for which a stronger word is looked for where they hardly see it. */
      rewards: string[];
    }
  | { type: 'cancel'; requestId: number }
  | { type: 'export'; requestId: number; lora: LoraRef; format: 'safetensors' | 'peft-zip' }
  /** Tests only: destroys the device to prove recovery. */
  | { type: 'destroy-device' };

export type RunState = 'starting' | 'running' | 'paused' | 'stopped' | 'finished';

export type Event =
  | { type: 'described'; requestId: number; info: BundleInfo; downloadBytes: number; cachedBytes: number }
  /** `problem` is a sentence where it does not fit, with the one change that helps. */
  | { type: 'weighed'; requestId: number; sum: MemorySum; problem: string | null }
  | { type: 'download'; requestId: number; file: string; loadedBytes: number; totalBytes: number }
  | { type: 'opened'; requestId: number; info: BundleInfo; gpu: GpuInfo }
  /** What the worker is busy with, in words for the status line. */
  | {
      type: 'progress';
      phase: 'loading' | 'tuning' | 'pictures' | 'rollout' | 'branches' | 'samples' | 'judging' | 'timeline' | 'saving';
      done: number;
      total: number;
    }
  | {
      type: 'state';
      runId: string;
      state: RunState;
      step: number;
      steps: number;
      secondsPerStep: number;
      memoryBytes: number;
    }
  /** New words are in force: every change of the run so far, with the updates done before it. */
  | { type: 'words'; runId: string; wordChanges: WordChange[] }
  | { type: 'metrics'; runId: string; metrics: Metrics }
  | {
      type: 'samples';
      runId: string;
      step: number;
      prompts: string[];
      seeds: number[];
      pictures: Picture[];
      /** What the judge says of them; null without a judge. */
      judged: JudgedGrid | null;
    }
  /** Some samples of a step, from number `first` on, before the grid is whole. */
  | {
      type: 'sampled';
      runId: string;
      step: number;
      prompts: string[];
      seeds: number[];
      first: number;
      pictures: Picture[];
    }
  /** The timeline of the current training picture, after an update. */
  | { type: 'frame'; runId: string; timeline: Timeline }
  /** A person is asked to vote on the pictures of update `step`, in groups of one prompt; the run waits. */
  | { type: 'ballot'; runId: string; step: number; group: number; prompts: string[]; pictures: Picture[] }
  | { type: 'snapshot'; runId: string; step: number }
  | { type: 'timeline'; requestId: number; timeline: Timeline }
  /** Pictures of a `generate` request as they are done, from its `first` on. */
  | { type: 'drawn'; requestId: number; first: number; pictures: Picture[] }
  | { type: 'generated'; requestId: number; warnings: string[] }
  | { type: 'checked'; requestId: number }
  /** What judge and rewards say of the sides of a `judge` request. */
  | { type: 'judged'; requestId: number; evaluation: Evaluation }
  /** Pictures drawn so far of a `perceive` request: with a word, null for none. */
  | { type: 'perceiving'; requestId: number; word: string | null; done: number; total: number }
  /** Scores of the word, and of those that were tried beside it. */
  | { type: 'perceived'; requestId: number; perception: PerceptionFile }
  | { type: 'exported'; requestId: number; fileName: string; bytes: ArrayBuffer }
  /** A prompt was cut: the words that did not fit. */
  | { type: 'warning'; message: string }
  | { type: 'lost'; reason: string; attempt: number }
  | { type: 'recovered'; step: number }
  /** `requestId` where one request failed, `runId` where the run stopped; one sentence either way. */
  | { type: 'failed'; requestId?: number; runId?: string; message: string; retry: boolean };
