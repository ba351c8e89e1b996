/**
 * @file Reads zip files whose content is not trusted: the directory at the end first, then one file at a time. Sizes are
 * checked before anything is unpacked and while it is, and nothing is written anywhere, so that names are only names.
 *
 * Not read, each with a sentence: encrypted files, zip64, compression other than stored and deflated.
 */
import { Inflate } from 'fflate';
import { UserError } from '../errors';
import { shown } from '../shown';

export interface ZipFile {
  /** As the zip names it, "/" between folders. */
  path: string;
  /** Bytes unpacked. */
  size: number;
  /** @throws UserError for a file of more than `most` bytes, one that cannot be unpacked, and one that is damaged */
  read(most: number): Uint8Array<ArrayBuffer>;
}

const END = 0x06054b50;
const ENTRY = 0x02014b50;
const LOCAL = 0x04034b50;
/** Bytes of the last record without its comment, and with the longest. */
const END_BYTES = 22;
const MAX_COMMENT = 65_535;
/** Compressed bytes unpacked at once; deflate makes at most about a thousand of one. */
const PIECE = 1 << 16;

export function isZip(bytes: Uint8Array): boolean {
  return (
    bytes[0] === 0x50 && bytes[1] === 0x4b && ((bytes[2] === 3 && bytes[3] === 4) || (bytes[2] === 5 && bytes[3] === 6))
  );
}

/**
 * The files of a zip, folders left out.
 * @param name what to call it in a sentence
 * @throws UserError for a zip that is cut or damaged, names a file twice, or is zip64
 */
export function openZip(bytes: Uint8Array<ArrayBuffer>, name: string): ZipFile[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const damaged = () => new UserError(`${name} is a damaged zip file.`);
  const end = findEnd(view);
  if (end === undefined) throw damaged();
  const count = view.getUint16(end + 10, true);
  const directory = view.getUint32(end + 16, true);
  if (count === 0xffff || directory === 0xffffffff)
    throw new UserError(`${name} is a zip64 file, expected a plain zip.`);

  const files = new Map<string, ZipFile>();
  for (let at = directory, i = 0; i < count; i++) {
    if (at + 46 > end || view.getUint32(at, true) !== ENTRY) throw damaged();
    const [nameLength, extra, comment] = [28, 30, 32].map((offset) => view.getUint16(at + offset, true));
    const next = at + 46 + nameLength + extra + comment;
    if (next > end) throw damaged();
    const path = new TextDecoder().decode(bytes.subarray(at + 46, at + 46 + nameLength));
    if (files.has(path)) throw new UserError(`${name} holds ${shown(path)} twice.`);
    if (!path.endsWith('/')) files.set(path, entryAt(bytes, view, at, path, name));
    at = next;
  }
  return [...files.values()];
}

function findEnd(view: DataView): number | undefined {
  const first = Math.max(0, view.byteLength - END_BYTES - MAX_COMMENT);
  for (let at = view.byteLength - END_BYTES; at >= first; at--) {
    const comment = view.byteLength - END_BYTES - at;
    if (view.getUint32(at, true) === END && view.getUint16(at + 20, true) === comment) return at;
  }
  return undefined;
}

function entryAt(bytes: Uint8Array<ArrayBuffer>, view: DataView, at: number, path: string, name: string): ZipFile {
  const [flags, method] = [view.getUint16(at + 8, true), view.getUint16(at + 10, true)];
  const [crc, packed, size, local] = [16, 20, 24, 42].map((offset) => view.getUint32(at + offset, true));
  const read = (most: number) => {
    const what = `${name}: ${shown(path)}`;
    const damaged = () => new UserError(`${what} is damaged: it cannot be unpacked.`);
    if (flags & 1) throw new UserError(`${what} is encrypted, expected a zip without a password.`);
    if ([packed, size, local].includes(0xffffffff))
      throw new UserError(`${what} is stored as zip64, expected a plain zip.`);
    if (method !== 0 && method !== 8) {
      throw new UserError(`${what} is compressed by method ${method}, expected stored (0) or deflated (8).`);
    }
    if (size > most) throw new UserError(`${what} unpacks to ${size} bytes, expected at most ${most}.`);
    if (local + 30 > bytes.length || view.getUint32(local, true) !== LOCAL) throw damaged();
    const begin = local + 30 + view.getUint16(local + 26, true) + view.getUint16(local + 28, true);
    if (begin + packed > bytes.length) throw damaged();
    const data = bytes.subarray(begin, begin + packed);
    const unpacked = method === 0 ? data.slice() : inflate(data, size);
    if (unpacked?.length !== size || crc32(unpacked) !== crc) throw damaged();
    return unpacked;
  };
  return { path, size, read };
}

/** Unpacks to exactly `size` bytes; undefined where there are more or fewer, or no deflated data. */
function inflate(data: Uint8Array, size: number): Uint8Array<ArrayBuffer> | undefined {
  const unpacked = new Uint8Array(size);
  let length = 0;
  const inflater = new Inflate((piece) => {
    if (length + piece.length > size) throw new RangeError('more than the directory names');
    unpacked.set(piece, length);
    length += piece.length;
  });
  try {
    for (let at = 0; at < data.length; at += PIECE) {
      inflater.push(data.subarray(at, at + PIECE), at + PIECE >= data.length);
    }
  } catch {
    return undefined;
  }
  return length === size ? unpacked : undefined;
}

const CRC_TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte;
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
  return crc;
});

function crc32(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (let i = 0; i < bytes.length; i++) crc = CRC_TABLE[(crc ^ bytes[i]) & 255] ^ (crc >>> 8);
  return ~crc >>> 0;
}
