/**
 * @file Whether an output may count: against the answer in double precision where that was computed, and against our
 * own output everywhere.
 */
import { answerAt, type Operands, type Operation, outputSize } from './work';

/** The most an output may differ, as a part of the answer's root mean square. */
export const TOLERANCE = 1e-3;
/** So many numbers of an answer are computed in double precision. */
const PROBES = 64;

export interface Answer {
  indices: readonly number[];
  values: readonly number[];
  size: number;
}

/** Numbers of the answer at places all over it. */
export function answerOf(work: Operation, operands: Operands): Answer {
  const size = outputSize(work);
  // A step without a common factor with rows and columns meets all of both.
  const indices = Array.from({ length: PROBES }, (_, i) => Math.floor((i * 0.6180339887 * size) % size));
  indices.push(0, size - 1);
  return { indices, values: indices.map((index) => answerAt(work, operands, index)), size };
}

/**
 * What is wrong with an output, as a few words for its cell; null where nothing is.
 * @param other an output that was found right, to be compared number by number
 */
export function wrongness(output: Float32Array, answer: Answer, other: Float32Array | null): string | null {
  if (output.length !== answer.size) return `${output.length} numbers instead of ${answer.size}`;
  const probed = answer.indices.map((index) => output[index]);
  const differences = [difference(probed, answer.values), ...(other ? [difference(output, other)] : [])];
  const most = Math.max(...differences);
  // A NaN is not above anything.
  if (most <= TOLERANCE) return null;
  return Number.isNaN(most) ? 'wrong: not a number' : `wrong by ${most.toExponential(1)}`;
}

/** The largest difference over the root mean square of `right`. */
function difference(output: ArrayLike<number>, right: ArrayLike<number>): number {
  let squares = 0;
  let most = 0;
  for (let i = 0; i < right.length; i++) {
    const apart = Math.abs(output[i] - right[i]);
    if (Number.isNaN(apart)) return Number.NaN;
    most = Math.max(most, apart);
    squares += right[i] ** 2;
  }
  return most / Math.sqrt(squares / right.length);
}
