/**
 * @file A linear layer as the models use it: frozen weight, optional bias, and the run's LoRA where it has one.
 */
import { parameter, type Value, within } from '../graph/graph';
import { concat } from '../ops/concat';
import { linear } from '../ops/matmul';
import { slice } from '../ops/slice';
import { BINDING_BYTES, type WeightScope } from './weights';

/** The low-rank update of one linear: y += (alpha/rank)·(x·Aᵀ)·Bᵀ, A [rank, in], B [out, rank]. */
export interface LoraShape {
  rank: number;
  alpha: number;
  /** Names of the adapted linears, as diffusers names them. */
  linears: ReadonlySet<string>;
}

interface Options {
  /** @default true */
  bias?: boolean;
  residual?: Value;
  /** The first of linears that are read together. */
  near?: string;
}

export type NamedInput = readonly [linear: string, x: Value];

export class Linears {
  constructor(
    private readonly weights: WeightScope,
    private readonly lora: LoraShape | null = null,
    private readonly bindingBytes = BINDING_BYTES,
  ) {}

  /**
   * y = x·Wᵀ + b (+ LoRA).
   * @param x [..., in]  @returns [..., out]
   */
  apply(name: string, x: Value, out: number, options: Options = {}): Value {
    return within(`${this.weights.model}/${name}`, () => this.trace(name, x, out, options));
  }

  /**
   * Linears of one size, which are one dispatch where their inputs are one, or next to each other, and their weights are
   * numbers each by itself.
   * @param of each linear by its name, and its input
   * @returns [..., out] of each
   */
  alike(of: readonly NamedInput[], out: number, options: Pick<Options, 'bias'> = {}): Value[] {
    return of.map(([name, x]) => this.apply(name, x, out, { ...options, near: of[0][0] }));
  }

  /**
   * Several linears of one input. Those without a LoRA are as few products as there are bindings for their weights, one
   * after the other in memory; the others are `apply`'s.
   * @param x [B, in]  @returns [B, out] of each
   */
  together(linears: readonly { name: string; out: number }[], x: Value): Value[] {
    const { weights } = this;
    const inSize = x.shape[1];
    const done = new Map<string, Value>();
    const isPlain = (name: string, out: number) =>
      !this.lora?.linears.has(name) &&
      weights.isStackable(`${name}.weight`) &&
      weights.rowRanges(`${name}.weight`, out, inSize, this.bindingBytes).length === 1;
    const parts = linears
      .filter(({ name, out }) => isPlain(name, out))
      .map(({ name, out }) => ({
        name,
        weight: { name: `${name}.weight`, value: weights.matrix(`${name}.weight`, [out, inSize]) },
        bias: { name: `${name}.bias`, value: weights.value(`${name}.bias`, [out]) },
      }));
    const groups: (typeof parts)[] = [];
    let bytes = 0;
    for (const part of parts) {
      const last = groups.at(-1);
      bytes += part.weight.value.bytes;
      const isAlike = (['weight', 'bias'] as const).every((of) => last?.[0][of].value.dtype === part[of].value.dtype);
      if (last && isAlike && bytes <= this.bindingBytes) last.push(part);
      else {
        groups.push([part]);
        bytes = part.weight.value.bytes;
      }
    }
    for (const group of groups.filter(({ length }) => length > 1)) {
      const w = weights.stacked(group.map(({ weight }) => weight));
      const b = weights.stacked(group.map(({ bias }) => bias));
      const y = within(`${weights.model}/${group[0].name} and ${group.length - 1} more`, () => linear(x, w, b));
      let start = 0;
      for (const { name, bias } of group) {
        done.set(name, slice(y, 1, start, bias.value.size));
        start += bias.value.size;
      }
    }
    return linears.map(({ name, out }) => done.get(name) ?? this.apply(name, x, out));
  }

  /**
   * The outputs of one linear without bias in parts, each a product of its own rows: nothing is cut out of a wide tensor, and
   * no gradient is put together into one.
   * @param x [..., in]  @returns [..., outs[i]] of each
   */
  inParts(name: string, x: Value, outs: readonly number[]): Value[] {
    return within(`${this.weights.model}/${name}`, () => this.traceParts(name, x, outs));
  }

  private traceParts(name: string, x: Value, outs: readonly number[]): Value[] {
    const { weights, bindingBytes } = this;
    const last = x.shape.length - 1;
    const inSize = x.shape[last];
    const out = sum(outs);
    // Rows of blocks are read four at a time.
    if (outs.some((size) => size % 4 !== 0)) {
      const whole = this.trace(name, x, out, { bias: false });
      return outs.map((size, i) => slice(whole, last, sum(outs.slice(0, i)), size));
    }
    const weightName = `${name}.weight`;
    const lora = this.lora?.linears.has(name) ? this.lora : null;
    const down = lora && linear(x, parameter(`${name}.lora_A.weight`, [lora.rank, inSize]));
    const up = lora && parameter(`${name}.lora_B.weight`, [out, lora.rank]);
    return outs.map((size, i) => {
      const start = sum(outs.slice(0, i));
      const products = weights
        .rowRanges(weightName, size, inSize, bindingBytes)
        .map(([a, b]) => weights.matrix(weightName, [out, inSize], [start + a, start + b]))
        .map((rows) => linear(x, weights.near(rows, weightName), null));
      const y = products.length === 1 ? products[0] : concat(products, last);
      if (!lora) return y;
      return linear(down!, slice(up!, 0, start, size), null, { residual: y, alpha: lora.alpha / lora.rank });
    });
  }

  private trace(name: string, x: Value, out: number, options: Options): Value {
    const inSize = x.shape[x.shape.length - 1];
    const { bias = true, residual = null, near } = options;
    const weightName = `${name}.weight`;
    const ranges = this.weights.rowRanges(weightName, out, inSize, this.bindingBytes);
    const piece = (rows?: [number, number]): Value => {
      const w = this.weights.matrix(weightName, [out, inSize], rows);
      const b = bias ? this.weights.value(`${name}.bias`, [out], 'file', rows) : null;
      const placed = (value: Value, of: string) =>
        near === undefined ? value : this.weights.near(value, `${near}.${of}`);
      return linear(x, placed(w, 'weight'), b && placed(b, 'bias'), rows ? {} : { residual });
    };
    let y = ranges.length === 1 ? piece() : concat(ranges.map(piece), x.shape.length - 1);
    if (this.lora?.linears.has(name)) {
      const { rank, alpha } = this.lora;
      const down = linear(x, parameter(`${name}.lora_A.weight`, [rank, inSize]));
      y = linear(down, parameter(`${name}.lora_B.weight`, [out, rank]), null, { residual: y, alpha: alpha / rank });
    }
    return y;
  }
}

const sum = (sizes: readonly number[]) => sizes.reduce((a, b) => a + b, 0);
