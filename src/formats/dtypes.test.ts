import { describe, expect, it } from 'vitest';
import { UserError } from '../errors';
import { type Dtype, readFloats, requireFinite, toFloat32 } from './dtypes';

const bytesOf = (values: ArrayBufferView) => new Uint8Array(values.buffer as ArrayBuffer);
const [inf, nan] = [Number.POSITIVE_INFINITY, Number.NaN];

describe('toFloat32', () => {
  it.each<[Dtype, ArrayBufferView, number[]]>([
    ['F32', Float32Array.of(1.5, nan), [1.5, nan]],
    [
      'F16',
      Uint16Array.of(0x3c00, 0xc000, 0x0001, 0x03ff, 0x0400, 0x7bff, 0x8000, 0x7c00, 0xfc00, 0x7e00),
      [1, -2, 2 ** -24, 1023 * 2 ** -24, 2 ** -14, 65504, -0, inf, -inf, nan],
    ],
    ['BF16', Uint16Array.of(0x3f80, 0xc049), [1, -3.140625]],
    // 1 + 2⁻²⁴ lies in the middle of two f32 and goes to the even one.
    ['F64', Float64Array.of(0.1, 1 + 2 ** -24, 1 + 3 * 2 ** -24, 1e300), [Math.fround(0.1), 1, 1 + 2 ** -22, inf]],
    [
      'F8_E4M3',
      Uint8Array.of(0x38, 0xb8, 0x01, 0x07, 0x08, 0x7e, 0x80, 0x7f, 0xff, 0x78),
      [1, -1, 2 ** -9, 7 * 2 ** -9, 2 ** -6, 448, -0, nan, nan, 256],
    ],
    [
      'F8_E5M2',
      Uint8Array.of(0x3c, 0x01, 0x03, 0x04, 0x7b, 0x7c, 0xfc, 0x7d, 0xff),
      [1, 2 ** -16, 3 * 2 ** -16, 2 ** -14, 57344, inf, -inf, nan, nan],
    ],
    ['I8', Int8Array.of(-128, 127), [-128, 127]],
    ['U8', Uint8Array.of(200), [200]],
    ['BOOL', Uint8Array.of(0, 1), [0, 1]],
    ['I16', Int16Array.of(-5), [-5]],
    ['U16', Uint16Array.of(65535), [65535]],
    ['I32', Int32Array.of(-16), [-16]],
    ['U32', Uint32Array.of(4_000_000_000), [4_000_000_000]],
    ['I64', BigInt64Array.of(-16n), [-16]],
    ['U64', BigUint64Array.of(16n), [16]],
  ])('%s', (dtype, stored, values) => {
    expect([...toFloat32(bytesOf(stored), dtype)]).toEqual(values);
    const shifted = Uint8Array.of(9, ...bytesOf(stored)).subarray(1);
    expect([...toFloat32(shifted, dtype)]).toEqual(values);
  });

  it('names the tensor and the dtype that it cannot read', () => {
    expect(() => toFloat32(new Uint8Array(1), 'F8_E8M0', 'a.safetensors: tensor w')).toThrow(
      'a.safetensors: tensor w is F8_E8M0, expected F32, F16, BF16, F64, F8_E4M3',
    );
  });
});

describe('values that are not finite', () => {
  const sentence = (run: () => unknown) => {
    try {
      run();
    } catch (error) {
      expect(error).toBeInstanceOf(UserError);
      return (error as Error).message;
    }
  };

  it.each<['F32' | 'F16' | 'BF16', (at: number, length: number) => ArrayBufferView, string]>([
    ['F32', (at, length) => new Float32Array(length).fill(1).fill(nan, at, at + 1), 'NaN'],
    ['F16', (at, length) => new Uint16Array(length).fill(0x7bff).fill(0xfc00, at, at + 1), '-Infinity'],
    ['BF16', (at, length) => new Uint16Array(length).fill(0xff7f).fill(0x7f80, at, at + 1), 'Infinity'],
  ])('%s are found wherever they stand, converted or not', (dtype, make, value) => {
    for (const length of [1, 2, 3, 8]) {
      expect(() => requireFinite(bytesOf(make(length, length)), dtype, 'w')).not.toThrow();
      for (let at = 0; at < length; at++) {
        const bytes = bytesOf(make(at, length));
        const expected = `w holds a value that is not finite (${value} at element ${at}): the file is damaged.`;
        expect(sentence(() => requireFinite(bytes, dtype, 'w'))).toBe(expected);
        expect(sentence(() => readFloats(bytes, dtype, 'w'))).toBe(expected);
        const shifted = Uint8Array.of(9, ...bytes).subarray(1);
        expect(sentence(() => requireFinite(shifted, dtype, 'w'))).toBe(expected);
      }
    }
  });

  it('are named by the value in the file', () => {
    expect(sentence(() => readFloats(bytesOf(Float64Array.of(1, 1e300)), 'F64', 'w'))).toBe(
      'w holds 1e+300 at element 1, too large for f32.',
    );
    expect(sentence(() => readFloats(Uint8Array.of(0, 0x7f), 'F8_E4M3', 'w'))).toContain('NaN at element 1');
  });
});
