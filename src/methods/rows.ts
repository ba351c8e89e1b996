/**
 * @file Small helpers on row-major float arrays.
 */
export function concatFloats(parts: readonly ArrayLike<number>[]): Float32Array<ArrayBuffer> {
  const out = new Float32Array(parts.reduce((sum, p) => sum + p.length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}

/** The same row n times. */
export function repeatRows(row: ArrayLike<number>, n: number): Float32Array<ArrayBuffer> {
  const out = new Float32Array(row.length * n);
  for (let i = 0; i < n; i++) out.set(row, i * row.length);
  return out;
}
