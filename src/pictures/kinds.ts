/**
 * @file What a file is by its first bytes, whatever its name says.
 */

/** Bytes that `kindOf` looks at. */
export const HEAD_BYTES = 64;

const text = (bytes: Uint8Array, from: number, to: number) => String.fromCharCode(...bytes.subarray(from, to));

/** Kinds by what their files begin with, those that are read first. */
const KINDS: readonly [name: string, is: (head: Uint8Array) => boolean][] = [
  ['PNG', (head) => text(head, 0, 8) === '\x89PNG\r\n\x1a\n'],
  ['JPEG', (head) => text(head, 0, 3) === '\xff\xd8\xff'],
  ['WebP', (head) => text(head, 0, 4) === 'RIFF' && text(head, 8, 12) === 'WEBP'],
  ['GIF', (head) => text(head, 0, 4) === 'GIF8'],
  ['TIFF', (head) => ['II*\0', 'MM\0*'].includes(text(head, 0, 4))],
  ['BMP', (head) => text(head, 0, 2) === 'BM'],
  ['AVIF', (head) => text(head, 4, 11) === 'ftypavi'],
  ['HEIC', (head) => /^ftyp(hei|hev|mif)/.test(text(head, 4, 12))],
  ['SVG', (head) => /^\s*(<\?xml|<svg|<!doctype svg)/i.test(text(head, 0, HEAD_BYTES))],
  ['PDF', (head) => text(head, 0, 4) === '%PDF'],
];

const READ = ['PNG', 'JPEG', 'WebP'];

/**
 * Why a file is no picture that is read, to follow its name in a sentence; null where it may be one.
 * @param head its first `HEAD_BYTES` bytes, or all where it has fewer
 */
export function whyNoPicture(head: Uint8Array): string | null {
  if (head.length === 0) return 'it is empty';
  const kind = KINDS.find(([, is]) => is(head))?.[0];
  if (kind !== undefined && READ.includes(kind)) return null;
  return `it is ${kind ?? 'no picture'}, expected PNG, JPEG or WebP`;
}

/** Whether a name is that of a picture that is read; what its file holds decides. */
export const isPictureName = (name: string): boolean => /\.(png|jpe?g|webp)$/i.test(name);

/** Pixels of the largest picture that is decoded: one has to fit into memory, a few at once. */
export const MAX_PIXELS = 2 ** 27;

export const tooManyPixels = (width: number, height: number): string =>
  `it has ${width} × ${height} pixels, more than ${Math.floor(MAX_PIXELS / 1e6)} million`;
