/**
 * @file Bicubic resizing of pictures with antialiasing, as torch.nn.functional.interpolate.
 *
 * Resizing is linear and separable: a matrix for the rows, a matrix for the columns, and the gradient is their
 * transposes. It runs once a picture, so the kernel is the plain sum.
 */
import { constant, sizeOf, Value } from '../graph/graph';
import { grid } from './grid';
import type { KernelOp } from './kernel';

/** Keys' cubic kernel with a = −0.5. */
function cubic(t: number): number {
  const x = Math.abs(t);
  if (x < 1) return (1.5 * x - 2.5) * x * x + 1;
  if (x < 2) return ((-0.5 * x + 2.5) * x - 4) * x + 2;
  return 0;
}

/**
 * Row-major [outSize, inSize]: one axis of `interpolate(mode='bicubic', antialias=True, align_corners=False)`.
 * Shrinking widens the kernel by the ratio; at the border the kernel is cut and renormalised. Positions are rounded
 * to f32 where torch rounds them, or weights of wide pictures differ in the fifth digit.
 */
export function resizeMatrix(inSize: number, outSize: number): Float32Array<ArrayBuffer> {
  const matrix = new Float32Array(outSize * inSize);
  const { fround } = Math;
  const ratio = fround(inSize / outSize);
  const stretch = Math.max(ratio, 1);
  for (let i = 0; i < outSize; i++) {
    const center = fround(ratio * (i + 0.5));
    const first = Math.max(0, Math.trunc(fround(fround(center - 2 * stretch) + 0.5)));
    const end = Math.min(inSize, Math.trunc(fround(fround(center + 2 * stretch) + 0.5)));
    const weights = Array.from({ length: end - first }, (_, j) =>
      cubic(fround(fround(first + j - center) + 0.5) / stretch),
    );
    const total = weights.reduce((a, b) => a + b, 0);
    weights.forEach((w, j) => {
      matrix[i * inSize + first + j] = w / total;
    });
  }
  return matrix;
}

function transpose(data: Float32Array, rows: number, columns: number): Float32Array<ArrayBuffer> {
  return Float32Array.from({ length: data.length }, (_, i) => data[(i % rows) * columns + Math.floor(i / rows)]);
}

/** Inputs the constant matrix [out, in] and x; out = matrix · x along `axis`. */
const resizeOp: KernelOp<{ axis: number }> = {
  name: 'resize',
  reference: ({ inputs: [{ shape }], shape: outShape, attrs: { axis }, size }, [matrix, x]) => {
    const [outSize, inSize] = shape;
    const inner = sizeOf(outShape.slice(axis + 1));
    return Float64Array.from({ length: size }, (_, index) => {
      const i = Math.floor(index / inner) % outSize;
      const start = Math.floor(index / (inner * outSize)) * inSize * inner + (index % inner);
      let sum = 0;
      for (let j = 0; j < inSize; j++) sum += matrix[i * inSize + j] * x[start + j * inner];
      return sum;
    });
  },
  gradient: ({ inputs: [matrix], attrs: { axis } }, dy) => {
    const [rows, columns] = matrix.shape;
    const { name, data } = matrix.attrs;
    return [null, multiply(constant(`${name} transposed`, transpose(data, rows, columns), [columns, rows]), dy, axis)];
  },
  flops: (node) => 2 * node.size * node.inputs[0].shape[1],
  kernels: (node) => {
    const [m, x] = node.inputs;
    const [outSize, inSize] = m.shape;
    const inner = sizeOf(node.shape.slice(node.attrs.axis + 1));
    return [
      {
        variant: 'direct',
        dispatches: [
          {
            shader: 'resize/forward',
            buffers: { m, x, out: node },
            params: { count: node.size, out_size: outSize, in_size: inSize, inner },
            workgroups: grid(node.size, 64),
          },
        ],
      },
    ];
  },
};

const multiply = (matrix: Value, x: Value, axis: number): Value =>
  new Value(resizeOp, [matrix, x], { axis }, x.shape.with(axis, matrix.shape[0]));

function resizeAxis(x: Value, axis: number, size: number): Value {
  const from = x.shape[axis];
  if (from === size) return x;
  return multiply(constant(`resize ${from} to ${size}`, resizeMatrix(from, size), [size, from]), x, axis);
}

/** x [B, H, W, C] → [B, outHeight, outWidth, C]; x itself where the sizes agree. Not clamped. */
export function resizeBicubic(x: Value, outHeight: number, outWidth: number): Value {
  if (x.shape.length !== 4) throw new Error(`resize: [${x.shape}] is not [B, H, W, C]`);
  return resizeAxis(resizeAxis(x, 1, outHeight), 2, outWidth);
}
