/**
 * @file A LoRA on a device: which linears it adapts and where each factor lies.
 *
 * All factors share one flat buffer, so that the optimizer is one dispatch and a snapshot one copy.
 * Each starts at a multiple of 64 numbers (256 bytes, WebGPU's binding alignment); the gaps stay zero.
 */

import { UserError } from '../errors';
import type { RunFile } from '../formats/run-file';
import type { GpuBuffer } from '../gpu/gpu';
import type { BufferRange } from '../gpu/program';
import type { LoraShape } from '../models/linear';
import type { LoraFile, LoraTensors } from './lora-file';

const ALIGNMENT = 64;

export interface Factor {
  /** 'transformer_blocks.0.attn.to_q.lora_A.weight' */
  name: string;
  shape: readonly [number, number];
  /** Index of its first number in the flat buffer. */
  offset: number;
}

/** Sizes and places of a LoRA's factors: A [rank, in], B [out, rank] of each linear, in block order. */
export class LoraLayout implements LoraShape {
  readonly linears: ReadonlySet<string>;
  readonly factors: readonly Factor[];
  /** Numbers in the flat buffer, gaps included. */
  readonly count: number;

  constructor(
    readonly rank: number,
    readonly alpha: number,
    adapted: readonly { name: string; in: number; out: number }[],
  ) {
    this.linears = new Set(adapted.map((l) => l.name));
    const factors: Factor[] = [];
    let offset = 0;
    const place = (name: string, shape: readonly [number, number]) => {
      factors.push({ name, shape, offset });
      offset += Math.ceil((shape[0] * shape[1]) / ALIGNMENT) * ALIGNMENT;
    };
    for (const { name, in: inSize, out } of adapted) {
      place(`${name}.lora_A.weight`, [rank, inSize]);
      place(`${name}.lora_B.weight`, [out, rank]);
    }
    this.factors = factors;
    this.count = offset;
  }

  range(buffer: GpuBuffer, name: string): BufferRange | undefined {
    const factor = this.factors.find((f) => f.name === name);
    return factor && { buffer, offset: factor.offset * 4, bytes: factor.shape[0] * factor.shape[1] * 4 };
  }

  /** A factor's numbers out of the flat array. */
  part(flat: Float32Array, factor: Factor): Float32Array {
    return flat.subarray(factor.offset, factor.offset + factor.shape[0] * factor.shape[1]);
  }
}

/** Whether a linear lies in a block, where a run's targets choose from. */
export function isBlockLinear(name: string): boolean {
  return /^(?:single_)?transformer_blocks\.\d+\./.test(name);
}

/**
 * The block linears whose diffusers name ends with one of the targets, at a dot.
 * @throws UserError for a target that matches none
 */
export function matchTargets<L extends { name: string }>(linears: readonly L[], targets: readonly string[]): L[] {
  const matches = (name: string, target: string) => name === target || name.endsWith(`.${target}`);
  const inBlocks = linears.filter(({ name }) => isBlockLinear(name));
  for (const target of targets) {
    if (!inBlocks.some((l) => matches(l.name, target))) {
      throw new UserError(
        `The LoRA target "${target}" matches no linear of the transformer's blocks; there are for example ${inBlocks
          .slice(0, 4)
          .map((l) => `"${l.name.replace(/^\w+\.\d+\./, '')}"`)
          .join(', ')}.`,
      );
    }
  }
  return inBlocks.filter((l) => targets.some((t) => matches(l.name, t)));
}

export function layoutOf(run: RunFile, linears: readonly { name: string; in: number; out: number }[]): LoraLayout {
  return new LoraLayout(run.lora.rank, run.lora.alpha, matchTargets(linears, run.lora.targets));
}

/** Fresh factors as PEFT starts them: A uniform in ±1/√in (kaiming_uniform with a = √5), B zero. */
export function initialFactors(layout: LoraLayout, random: { uniform(): number }): Float32Array<ArrayBuffer> {
  const flat = new Float32Array(layout.count);
  for (const factor of layout.factors) {
    if (!factor.name.endsWith('lora_A.weight')) continue;
    const bound = 1 / Math.sqrt(factor.shape[1]);
    layout.part(flat, factor).forEach((_, i, part) => {
      part[i] = (2 * random.uniform() - 1) * bound;
    });
  }
  return flat;
}

/**
 * A file's factors as internal ones. A file means W + B·A; internally the update is (alpha/rank)·B·A,
 * so B = file B × rank/alpha.
 * @throws UserError where the file does not fit the layout, or B becomes too large
 */
export function factorsFromFile(layout: LoraLayout, file: LoraFile, fileName: string): Float32Array<ArrayBuffer> {
  const flat = new Float32Array(layout.count);
  if (file.rank !== layout.rank) {
    throw new UserError(
      `${fileName} has rank ${file.rank}, the run file asks for ${layout.rank}: set "lora.rank" to ${file.rank}.`,
    );
  }
  for (const name of file.tensors.keys()) {
    if (!layout.linears.has(name)) {
      throw new UserError(`${fileName} adapts ${name}, which the run's "lora.targets" do not name.`);
    }
  }
  for (const factor of layout.factors) {
    const { linear, side } = partsOf(factor);
    const pair = file.tensors.get(linear);
    if (!pair) throw new UserError(`${fileName} has no LoRA for ${linear}, which the run's "lora.targets" name.`);
    const rescale = side === 'B' ? layout.rank / layout.alpha : 1;
    const { data, shape } = pair[side];
    if (shape[0] !== factor.shape[0] || shape[1] !== factor.shape[1]) {
      throw new UserError(
        `${fileName}: ${factor.name} has shape [${shape.join(', ')}], expected [${factor.shape.join(', ')}]: it was made for another base.`,
      );
    }
    const part = layout.part(flat, factor);
    part.set(rescale === 1 ? data : data.map((v) => v * rescale));
    if (!part.every(Number.isFinite)) {
      throw new UserError(
        `${fileName}: ${factor.name} is too large for f32 with "lora.alpha" ${layout.alpha}, which makes it ${rescale} times as large.`,
      );
    }
  }
  return flat;
}

/**
 * The layout of a file's own linears, alpha = rank, for drawing with it.
 * @throws UserError naming a linear the model does not have, or one of another size
 */
export function layoutOfFile(
  file: LoraFile,
  linears: readonly { name: string; in: number; out: number }[],
  fileName: string,
): LoraLayout {
  for (const [name, pair] of file.tensors) {
    const linear = linears.find((l) => l.name === name);
    if (!linear) throw new UserError(`${fileName} adapts ${name}, which this base does not have.`);
    const [out, inSize] = [pair.B.shape[0], pair.A.shape[1]];
    if (linear.in !== inSize || linear.out !== out) {
      throw new UserError(
        `${fileName}: the LoRA of ${name} is ${out}×${inSize}, expected ${linear.out}×${linear.in}: it was made for another base.`,
      );
    }
  }
  return new LoraLayout(
    file.rank,
    file.rank,
    linears.filter((l) => file.tensors.has(l.name)),
  );
}

/**
 * Internal factors by linear, as files hold them; the inverse of `factorsFromFile`. Internally the update is
 * (alpha/rank)·B·A, a file means W + B·A: file B = B × alpha/rank.
 */
export function tensorsForFile(layout: LoraLayout, flat: Float32Array): LoraTensors {
  const tensors: LoraTensors = new Map();
  const scale = layout.alpha / layout.rank;
  for (const name of layout.linears) {
    const factor = (side: 'A' | 'B') => {
      const { shape, ...place } = layout.factors.find((f) => f.name === `${name}.lora_${side}.weight`)!;
      return { shape: [...shape] as [number, number], data: layout.part(flat, { shape, ...place }).slice() };
    };
    const [A, B] = [factor('A'), factor('B')];
    if (scale !== 1) B.data = B.data.map((value) => value * scale);
    tensors.set(name, { A, B });
  }
  return tensors;
}

function partsOf(factor: Factor): { linear: string; side: 'A' | 'B' } {
  const [, linear, side] = /^(.*)\.lora_([AB])\.weight$/.exec(factor.name)!;
  return { linear, side: side as 'A' | 'B' };
}
