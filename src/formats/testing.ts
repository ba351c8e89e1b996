/** @file Files made for tests: GGUF, whole or damaged. */

export type GgufPart = Uint8Array | string;

export interface GgufTensor {
  name: GgufPart;
  /** Innermost first. */
  sizes: (number | bigint)[];
  /** GGML's number of the type. */
  type: number;
  bytes: Uint8Array;
  /** In place of the offset that it has. */
  offset?: number | bigint;
}

export interface GgufParts {
  magic?: string;
  version?: number;
  /** Each with the number of its type and the bytes of its value. */
  pairs?: [name: GgufPart, type: number, value: Uint8Array][];
  tensors?: GgufTensor[];
  alignment?: number;
  /** In place of the numbers that there are. */
  tensorCount?: bigint;
  pairCount?: bigint;
}

export const u32 = (value: number): Uint8Array => new Uint8Array(Uint32Array.of(value).buffer);
export const u64 = (value: number | bigint): Uint8Array => new Uint8Array(BigUint64Array.of(BigInt(value)).buffer);
const bytesOf = (part: GgufPart) => (typeof part === 'string' ? new TextEncoder().encode(part) : part);
/** A text as GGUF writes it: its length and its bytes. */
export const text = (part: GgufPart): Uint8Array => joined(u64(bytesOf(part).length), bytesOf(part));

export function joined(...parts: Uint8Array[]): Uint8Array<ArrayBuffer> {
  const out = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}

/** A GGUF file of these parts. */
export function ggufOf(parts: GgufParts): Uint8Array<ArrayBuffer> {
  const { magic = 'GGUF', version = 3, pairs = [], tensors = [], alignment = 32 } = parts;
  const padded = (length: number) => Math.ceil(length / alignment) * alignment;
  let end = 0;
  const heads = tensors.map(({ name, sizes, type, bytes, offset = end }) => {
    end += padded(bytes.length);
    return joined(text(name), u32(sizes.length), ...sizes.map(u64), u32(type), u64(offset));
  });
  const head = joined(
    new TextEncoder().encode(magic),
    u32(version),
    u64(parts.tensorCount ?? tensors.length),
    u64(parts.pairCount ?? pairs.length),
    ...pairs.map(([name, type, value]) => joined(text(name), u32(type), value)),
    ...heads,
  );
  const whole = (bytes: Uint8Array) => joined(bytes, new Uint8Array(padded(bytes.length) - bytes.length));
  return joined(whole(head), ...tensors.map(({ bytes }) => whole(bytes)));
}
