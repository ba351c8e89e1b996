/**
 * @file Linear combination of tensors with coefficients of each row's own.
 *
 * Noise injection x_s = σ ε + (1 − σ) x0, an Euler step and Direct-Align's closed-form recovery are all this op,
 * with the coefficients written by the host for every picture of the batch.
 */
import { sameShape, Value } from '../graph/graph';
import { grid } from './grid';
import type { KernelOp } from './kernel';

/** The first column of the coefficients that is used (a gradient needs a single later one). */
interface Columns {
  first: number;
}

const combineOp: KernelOp<Columns> = {
  name: 'row-combine',
  reference: ({ inputs: [c, x], attrs: { first }, size }, [coefficients, ...xs]) => {
    const length = x.size / c.shape[0];
    const out = new Float64Array(size);
    xs.forEach((data, j) => {
      for (let row = 0; row < c.shape[0]; row++) {
        const by = coefficients[row * c.shape[1] + first + j];
        for (let i = row * length; i < (row + 1) * length; i++) out[i] += by * data[i];
      }
    });
    return out;
  },
  gradient: ({ inputs: [coefficients, ...xs], attrs: { first } }, dy, needs) => [
    null,
    ...xs.map((_, j) => (needs[j + 1] ? combine(coefficients, [dy], first + j) : null)),
  ],
  flops: (node) => (2 * (node.inputs.length - 1) - 1) * node.size,
  kernels: (node) => {
    const [coefficients, ...xs] = node.inputs;
    const [rows, columns] = coefficients.shape;
    const x = (j: number) => xs[j] ?? xs[0];
    return [
      {
        variant: 'scalar',
        dispatches: [
          {
            shader: 'row-combine/forward',
            buffers: { coefficients, x_0: x(0), x_1: x(1), x_2: x(2), x_3: x(3), out: node },
            params: { size: node.size, length: node.size / rows, columns, first: node.attrs.first },
            constants: { COUNT: xs.length },
            workgroups: grid(node.size, 64),
          },
        ],
      },
    ];
  },
};

const combine = (coefficients: Value, xs: readonly Value[], first: number): Value =>
  new Value(combineOp, [coefficients, ...xs], { first }, xs[0].shape);

/**
 * out[r] = Σ_j coefficients[r, j] · xs[j][r], for coefficients [R, n] and one to four xs of shape [R, …].
 * No gradient for the coefficients.
 * @throws where the shapes do not fit.
 */
export function rowCombine(coefficients: Value, xs: readonly Value[]): Value {
  const [rows, columns] = coefficients.shape;
  if (coefficients.shape.length !== 2 || columns !== xs.length || columns > 4) {
    throw new Error(`row-combine: coefficients [${coefficients.shape}] for ${xs.length} tensors, at most 4`);
  }
  for (const x of xs) {
    if (x.shape[0] !== rows || !sameShape(x.shape, xs[0].shape)) {
      throw new Error(`row-combine: [${x.shape}] does not go with [${xs[0].shape}] and ${rows} rows`);
    }
  }
  return combine(coefficients, xs, 0);
}
