/**
 * @file Products of one A with several B of one size, as the parts of one tensor: the first factors of the LoRAs of several
 * linears that read one input. Made by the compiler (compiler/merge.ts).
 */
import { parameterOp, Value } from '../graph/graph';
import type { Kernel, KernelOp } from './kernel';
import { type MatmulAttrs, MOST_ROWS } from './matmul-kernels';

/** As many B as there are bindings for (shaders/matmul/several.wgsl). */
export const MOST_PARTS = 4;

/** Output [parts, …the shape of each product]; inputs are A and every B. */
const severalOp: KernelOp<MatmulAttrs> = {
  name: 'several-matmul',
  reference: ({ attrs: { m, n, k, a, b, alpha } }, [A, ...Bs]) => {
    const out = new Float64Array(Bs.length * m * n);
    Bs.forEach((B, part) => {
      for (let i = 0; i < m; i++) {
        for (let j = 0; j < n; j++) {
          let sum = 0;
          for (let l = 0; l < k; l++) sum += A[i * a.row + l * a.col] * B[l * b.row + j * b.col];
          out[(part * m + i) * n + j] = alpha * sum;
        }
      }
    });
    return out;
  },
  flops: ({ attrs: { m, n, k }, inputs }) => 2 * m * n * k * (inputs.length - 1),
  kernels: (node) => {
    const { m, n, k, alpha } = node.attrs;
    const [A, ...Bs] = node.inputs;
    const kernel = (variant: string, rows: number): Kernel => ({
      variant,
      dispatches: [
        {
          shader: 'matmul/several',
          buffers: { a: A, b: Bs[0], b_1: Bs[1], b_2: Bs[2] ?? Bs[0], b_3: Bs[3] ?? Bs[0], out: node },
          params: { m, n, k, parts: Bs.length, alpha },
          constants: { ROWS: rows },
          workgroups: [Math.ceil((Bs.length * n) / 32), Math.ceil(m / (8 * rows)), 1],
        },
      ],
    });
    return [kernel('registers', 8), kernel('row', 1)];
  },
};

/** What products that can be parts of one have in common, beside A; null where `node` is none of them. */
export function partKey(node: Value): string | null {
  if (node.op.name !== 'matmul') return null;
  const { attrs, inputs } = node as Value<MatmulAttrs>;
  const { m, n, k, batch, bias, residual, second, activation, gate } = attrs;
  const isPlain = !bias && !residual && !second && !activation && !gate && batch[0] * batch[1] === 1;
  // Where a part begins it can be bound.
  const isBindable = (m * n) % 64 === 0 && m <= MOST_ROWS && attrs.out.row === n;
  const isLinear = attrs.a.row === k && attrs.a.col === 1 && attrs.b.row === 1 && attrs.b.col === k;
  if (!isPlain || !isBindable || !isLinear || n % 4 || k % 4 || inputs[1].op !== parameterOp) return null;
  return JSON.stringify(attrs);
}

/** One node for products of one key and one A, two to MOST_PARTS of them. */
export function several(products: readonly Value[]): Value {
  const [first] = products;
  const inputs = [first.inputs[0], ...products.map((node) => node.inputs[1])];
  return new Value(severalOp, inputs, first.attrs, [products.length, ...first.shape], 'f32', first);
}
