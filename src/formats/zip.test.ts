import { strToU8, zipSync } from 'fflate';
import { describe, expect, it } from 'vitest';
import { UserError } from '../errors';
import { isZip, openZip } from './zip';

const zip = (files: Parameters<typeof zipSync>[0]) => zipSync(files) as Uint8Array<ArrayBuffer>;
const text = strToU8('a longer text a longer text a longer text');
const one = zip({ 'a.txt': text });
const view = (bytes: Uint8Array) => new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
const signatureAt = (bytes: Uint8Array, signature: number) => {
  for (let at = 0; at + 4 <= bytes.length; at++) if (view(bytes).getUint32(at, true) === signature) return at;
  throw new Error('not there');
};
/** The zip with a field of its directory's first entry changed. */
function changed(offset: number, bytes: 2 | 4, value: number): Uint8Array<ArrayBuffer> {
  const copy = one.slice();
  const at = signatureAt(copy, 0x02014b50) + offset;
  if (bytes === 2) view(copy).setUint16(at, value, true);
  else view(copy).setUint32(at, value, true);
  return copy;
}
const readFirst = (bytes: Uint8Array<ArrayBuffer>, most = 1000) => openZip(bytes, 'x.zip')[0].read(most);

describe('openZip', () => {
  it('reads stored and deflated files in folders', () => {
    const bytes = zip({
      'd/a.txt': text,
      b: [strToU8('b'), { level: 0 }],
      empty: new Uint8Array(0),
      'folder/': new Uint8Array(0),
    });
    expect(isZip(bytes)).toBe(true);
    const files = openZip(bytes, 'x');
    expect(files.map(({ path, size }) => [path, size])).toEqual([
      ['d/a.txt', text.length],
      ['b', 1],
      ['empty', 0],
    ]);
    expect(files.map((file) => [...file.read(1000)])).toEqual([[...text], [98], []]);
  });

  it('an empty zip has no files', () => expect(openZip(zip({}), 'x')).toEqual([]));

  it('is checked against the size wanted before anything is unpacked', () => {
    expect(() => readFirst(one, 40)).toThrow('x.zip: a.txt unpacks to 41 bytes, expected at most 40.');
    expect(() => readFirst(changed(24, 4, 2 ** 31))).toThrow('unpacks to 2147483648 bytes');
  });

  it.each([
    ['a directory that names too small a size', changed(24, 4, 20), 'x.zip: a.txt is damaged'],
    ['a directory that names too large a size', changed(24, 4, 100), 'x.zip: a.txt is damaged'],
    ['another checksum', changed(16, 4, 1), 'is damaged'],
    ['packed data that goes beyond the file', changed(20, 4, 2 ** 30), 'is damaged'],
    ['a place outside the file', changed(42, 4, 2 ** 30), 'is damaged'],
    ['a password', changed(8, 2, 1), 'x.zip: a.txt is encrypted, expected a zip without a password'],
    ['another compression', changed(10, 2, 93), 'is compressed by method 93, expected stored (0) or deflated (8)'],
    ['zip64', changed(24, 4, 0xffffffff), 'is stored as zip64'],
  ])('refuses %s', (_, bytes, sentence) => {
    expect(() => readFirst(bytes)).toThrow(UserError);
    expect(() => readFirst(bytes)).toThrow(sentence);
  });

  it('stops unpacking where more comes than the directory names', () => {
    const bomb = zip({ zeros: new Uint8Array(50_000_000) });
    view(bomb).setUint32(signatureAt(bomb, 0x02014b50) + 24, 1000, true);
    expect(bomb.length).toBeLessThan(100_000);
    expect(() => readFirst(bomb)).toThrow('is damaged');
  });

  it('refuses a name that comes twice', () => {
    const two = zip({ aa: text, ab: text });
    const names = [...two.keys()].filter((at) => two[at] === 97 && two[at + 1] === 98);
    for (const at of names) two[at + 1] = 97;
    expect(() => openZip(two, 'x')).toThrow('x holds aa twice');
  });

  it('answers every truncation and every changed byte with its content or a UserError', () => {
    const all = (bytes: Uint8Array<ArrayBuffer>) => {
      try {
        for (const file of openZip(bytes, 'x')) file.read(1000);
      } catch (error) {
        expect(error).toBeInstanceOf(UserError);
      }
    };
    for (let length = 0; length < one.length; length++) all(one.slice(0, length));
    for (let at = 0; at < one.length; at++) {
      for (const value of [0, 255, one[at] ^ 1]) {
        const copy = one.slice();
        copy[at] = value;
        all(copy);
      }
    }
  });
});
