/**
 * @file A linear layer as the models use it: frozen weight, optional bias, and the run's LoRA where it has one.
 */
import { parameter, type Value, within } from '../graph/graph';
import { concat } from '../ops/concat';
import { linear } from '../ops/matmul';
import { BINDING_BYTES, type WeightScope } from './weights';

/** The low-rank update of one linear: y += (alpha/rank)·(x·Aᵀ)·Bᵀ, A [rank, in], B [out, rank]. */
export interface LoraShape {
  rank: number;
  alpha: number;
  /** Names of the adapted linears, as diffusers names them. */
  linears: ReadonlySet<string>;
}

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
  apply(name: string, x: Value, out: number, options: { bias?: boolean; residual?: Value } = {}): Value {
    return within(`${this.weights.model}/${name}`, () => this.trace(name, x, out, options));
  }

  private trace(name: string, x: Value, out: number, options: { bias?: boolean; residual?: Value }): Value {
    const inSize = x.shape[x.shape.length - 1];
    const { bias = true, residual = null } = options;
    const weightName = `${name}.weight`;
    const ranges = this.weights.rowRanges(weightName, out, inSize, this.bindingBytes);
    const piece = (rows?: [number, number]): Value => {
      const w = this.weights.matrix(weightName, [out, inSize], rows);
      const b = bias ? this.weights.value(`${name}.bias`, [out], 'file', rows) : null;
      return linear(x, w, b, rows ? {} : { residual });
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
