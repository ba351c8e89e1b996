/**
 * @file What a run of a base needs on a device, before any weight is read: a trainer is built on a device that only counts,
 * so that every number is that of the buffers the engine would ask for.
 */
import { UserError } from '../errors';
import { USUAL_RANK } from '../formats/run-file';
import type { GpuDescription } from '../gpu/gpu';
import { openNullGpu } from '../gpu/null';
import { Tuner } from '../gpu/tuner';
import { parseRunFile } from '../methods/run-file';
import type { Bundle, BundleOptions } from '../models/bundle';
import type { TextEncoder } from '../models/text-encoder';
import { WeightStore } from '../models/weights';
import { bytesText } from './memory-sum-text';
import { openModel } from './model';
import { Pipeline } from './pipeline';
import { Trainer } from './trainer';

export interface MemorySum {
  /** Bytes by what they are for, the largest part of all first. */
  parts: { what: string; bytes: number }[];
  total: number;
  /** The largest buffer that is bound whole. */
  largest: { what: string; bytes: number };
}

/** What a device has; null where nobody knows. */
export interface DeviceRoom {
  /** Bytes of one binding (`maxStorageBufferBindingSize`). */
  binding: number | null;
  /** Bytes of the card's memory, which WebGPU does not tell. */
  memory: number | null;
}

/** What buffers are for, by how their labels begin. */
const PARTS: [RegExp, string][] = [
  [/^transformer\//, 'transformer'],
  [/^vae\//, 'decoder'],
  [/^rewards\//, 'reward'],
  [/^(?:LoRA|old LoRA|optimizer|gradient|partial norms)/, 'LoRA and moments'],
  [/^/, 'activations'],
];

const partOf = (label: string) => PARTS.find(([begin]) => begin.test(label))![1];

const NO_TEXT: TextEncoder = {
  maxLength: 0,
  encode: () => Promise.reject(new Error('nothing is encoded where memory is counted')),
  dispose: async () => {},
};

/**
 * The memory of an update with one picture by the base's first reward; of drawing where it has none.
 *
 * @param device the features of a device, on which kernels depend
 * @param rank of the LoRA
 * @throws UserError for a base that cannot be trained
 */
export async function memorySum(
  bundle: Bundle,
  device?: Pick<GpuDescription, 'features' | 'subgroupSize'>,
  rank = USUAL_RANK,
): Promise<MemorySum> {
  const { gpu, buffers } = await openNullGpu(device);
  // Texts are as long as they may be, whichever they are.
  const model = await openModel({ ...bundle, embeddings: null });
  const nothing = () => {};
  const tuner = new Tuner({}, false);
  const pipeline = new Pipeline(gpu, model, NO_TEXT, tuner, nothing, nothing, new WeightStore(gpu, false));
  const [reward] = bundle.rewards;
  if (reward === undefined) {
    await pipeline.sampler(1);
    await pipeline.decoder(1);
  } else {
    const run = { version: 1, batch: 1, prompts: ['a'], reward: { model: reward }, lora: { rank } };
    await Trainer.create(pipeline, parseRunFile(run));
  }
  const bytes = new Map<string, number>();
  let largest = { what: '', bytes: 0 };
  for (const { label, bytes: size } of buffers) {
    const what = partOf(label);
    bytes.set(what, (bytes.get(what) ?? 0) + size);
    // The LoRA's are bound a factor at a time.
    if (what !== 'LoRA and moments' && size > largest.bytes)
      largest = { what: what === 'activations' ? what : label, bytes: size };
  }
  const parts = [...bytes].map(([what, size]) => ({ what, bytes: size })).sort((a, b) => b.bytes - a.bytes);
  return { parts, total: parts.reduce((sum, part) => sum + part.bytes, 0), largest };
}

/** Whether it fits, where that is known. */
export function fits({ total, largest }: MemorySum, { binding, memory }: DeviceRoom): boolean {
  return (binding === null || largest.bytes <= binding) && (memory === null || total <= memory);
}

/** A change of how a base is opened or of the LoRA's rank, and what a run needs then. */
export interface Change {
  options: BundleOptions;
  rank?: number;
  sum: MemorySum;
}

/**
 * The first single change with which a base fits that does not, those that cost least first: blocks in Q8_0, modulations
 * computed ahead, a lower rank, shorter texts, smaller pictures, blocks in Q4_0.
 * @param open opens the base with other options
 * @returns null where none is enough
 */
export async function changeThatFits(
  open: (options: BundleOptions) => Promise<Bundle>,
  { bundle, given, rank = USUAL_RANK }: { bundle: Bundle; given: BundleOptions; rank?: number },
  room: DeviceRoom,
  device?: Pick<GpuDescription, 'features' | 'subgroupSize'>,
): Promise<Change | null> {
  const side = Math.max(bundle.image.width, bundle.image.height);
  const below = (most: number, sizes: readonly number[]) => sizes.filter((size) => size < most);
  const changes: (BundleOptions & { rank?: number })[] = [
    { quantise: 'Q8_0' },
    ...(bundle.denoiser.modulations ? [{ modulationsAhead: true }] : []),
    ...below(rank, [USUAL_RANK]).map((lower) => ({ rank: lower })),
    ...below(bundle.maxTextTokens, [256, 64]).map((textTokens) => ({ textTokens })),
    ...below(side, [512, 256, 128]).map((size) => ({ size })),
    { quantise: 'Q4_0' },
  ];
  for (const { rank: lower, ...change } of changes) {
    if (change.quantise !== undefined && given.quantise !== undefined && given.quantise !== 'Q8_0') continue;
    const sum = await memorySum(await open({ ...given, ...change }), device, lower ?? rank).catch((error) => {
      // A size that the decoder does not make, or a buffer that no device has.
      if (error instanceof UserError) return null;
      throw error;
    });
    if (sum && fits(sum, room)) return { options: change, ...(lower !== undefined && { rank: lower }), sum };
  }
  return null;
}

/** What is said of a base that does not fit: what is too large, and the one change that helps. */
export function sentenceOf(
  { total, largest }: MemorySum,
  { binding, memory }: DeviceRoom,
  change: Change | null,
): string {
  const what =
    binding !== null && largest.bytes > binding
      ? `One buffer (${largest.what}) needs ${bytesText(largest.bytes)}, this device binds ${bytesText(binding)}`
      : `It needs ${bytesText(total)}, more than ${bytesText(memory ?? 0)}`;
  if (!change) return `${what}; no single change makes it fit: take a smaller base.`;
  return `${what}: with ${wordsOf(change)} it needs ${bytesText(change.sum.total)} and fits.`;
}

function wordsOf({ options: { quantise, size, textTokens, modulationsAhead }, rank }: Change): string {
  if (quantise) return `its blocks in ${quantise}`;
  if (modulationsAhead) return 'its modulations made ahead';
  if (rank !== undefined) return `a LoRA of rank ${rank}`;
  if (textTokens !== undefined) return `texts of ${textTokens} tokens`;
  return `pictures of ${size} × ${size}`;
}
