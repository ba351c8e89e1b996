/** @file Ranges of buffers: where they can begin, and long buffers in pieces that can be bound. */

/** Offsets of a range within a buffer are multiples of this. */
const ALIGNMENT = 256;

/** Ranges of so many bytes, one after the other where each can be bound; whole words. */
export function rangesInOne(sizes: readonly number[]): { offset: number; bytes: number }[] {
  let next = 0;
  return sizes.map((size) => {
    const range = { offset: next, bytes: Math.ceil(size / 4) * 4 };
    next = Math.ceil((next + size) / ALIGNMENT) * ALIGNMENT;
    return range;
  });
}

/** Bytes from the begin of the first to the end of the last. */
export const bytesOfAll = (ranges: readonly { offset: number; bytes: number }[]): number => {
  const { offset, bytes } = ranges.at(-1)!;
  return offset + bytes;
};

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
