/** @file Ranges of buffers: where they can begin, and long buffers in pieces that can be bound. */

/** Offsets of a range within a buffer are multiples of this. */
const ALIGNMENT = 256;

/** Bytes from where a range begins to where the next can. */
export const wholeRange = (bytes: number): number => Math.ceil(bytes / ALIGNMENT) * ALIGNMENT;

/**
 * The ranges of a buffer that a kernel works on one after the other, where it is longer than what may be bound at once.
 *
 * @param bytes of the buffer
 * @param bindingBytes most bytes bound at once, at least 256
 */
export function bindableRanges(bytes: number, bindingBytes: number): { offset: number; bytes: number }[] {
  const most = Math.floor(bindingBytes / ALIGNMENT) * ALIGNMENT;
  return Array.from({ length: Math.ceil(bytes / most) }, (_, i) => ({
    offset: i * most,
    bytes: Math.min(most, bytes - i * most),
  }));
}
