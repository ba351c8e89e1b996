/**
 * @file Floats of 8 and 16 bits: the f32 value of every bit pattern, and f32 rounded to f16.
 */

/** The f32 value of each bit pattern of a small float with a sign, made when it is first wanted. */
function tableOf(exponentBits: number, fractionBits: number, special: (fraction: number, exponent: number) => number) {
  let table: Float32Array | undefined;
  return () => {
    table ??= Float32Array.from({ length: 2 ** (1 + exponentBits + fractionBits) }, (_, bits) => {
      const sign = bits >> (exponentBits + fractionBits) ? -1 : 1;
      const exponent = (bits >> fractionBits) & (2 ** exponentBits - 1);
      const fraction = bits & (2 ** fractionBits - 1);
      return sign * special(fraction, exponent);
    });
    return table;
  };
}

function finite(exponentBits: number, fractionBits: number) {
  const least = 2 - 2 ** (exponentBits - 1);
  return (fraction: number, exponent: number) =>
    exponent === 0
      ? fraction * 2 ** (least - fractionBits)
      : (1 + fraction * 2 ** -fractionBits) * 2 ** (least + exponent - 1);
}

/** IEEE 754: the largest exponent is that of infinity and NaN. */
function ieee(exponentBits: number, fractionBits: number) {
  const value = finite(exponentBits, fractionBits);
  return tableOf(exponentBits, fractionBits, (fraction, exponent) => {
    if (exponent < 2 ** exponentBits - 1) return value(fraction, exponent);
    return fraction === 0 ? Number.POSITIVE_INFINITY : Number.NaN;
  });
}

export const halves = ieee(5, 10);
export const e5m2 = ieee(5, 2);
/** "FN": no infinity, and NaN only where all bits but the sign are set; the largest value is 448. */
export const e4m3 = tableOf(4, 3, (fraction, exponent) =>
  exponent === 15 && fraction === 7 ? Number.NaN : finite(4, 3)(fraction, exponent),
);

const word = new Uint32Array(1);
const float = new Float32Array(word.buffer);

/** The bits of the f16 that is nearest to a finite f32, of two the even one; infinity from 65,520 on. */
export function toHalfBits(value: number): number {
  float[0] = value;
  const sign = (word[0] >>> 16) & 0x8000;
  const size = Math.abs(float[0]);
  if (size >= 65520) return sign | 0x7c00;
  // Subnormal numbers share the smallest exponent.
  const exponent = Math.max(-14, ((word[0] >>> 23) & 255) - 127);
  // A sum, so that a fraction that is rounded up goes on into the exponent.
  return sign | ((exponent + 14) * 1024 + toEven(size * 2 ** (10 - exponent)));
}

/** The nearest whole number, of two the even one. */
function toEven(value: number): number {
  const floor = Math.floor(value);
  const rest = value - floor;
  if (rest !== 0.5) return rest < 0.5 ? floor : floor + 1;
  return floor % 2 === 0 ? floor : floor + 1;
}
