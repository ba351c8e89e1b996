import { describe, expect, it } from 'vitest';
import { UserError } from '../errors';
import { decodeUtf8, linesOf, readUtf8 } from './utf8';

const utf8 = (text: string) => new TextEncoder().encode(text);
const utf16 = (text: string) => new Uint8Array(Uint16Array.from(text, (c) => c.charCodeAt(0)).buffer);

describe('decodeUtf8', () => {
  it('reads UTF-8, with and without a byte order mark', () => {
    expect(decodeUtf8(utf8('café 你好 👩‍🎨'), 'a')).toBe('café 你好 👩‍🎨');
    expect(decodeUtf8(utf8('\ufeffa'), 'a')).toBe('a');
    expect(decodeUtf8(new Uint8Array(0), 'a')).toBe('');
  });

  it.each([
    ['Windows-1252', [0x63, 0x61, 0x66, 0xe9, 0x22], 'a.txt is not UTF-8 (byte 0xE9 at position 3), expected UTF-8'],
    ['a quote of Windows', [0x92], 'byte 0x92 at position 0'],
    ['an overlong slash', [0x41, 0xc0, 0xaf], 'byte 0xC0 at position 1'],
    ['an overlong form of three', [0xe0, 0x80, 0x80], 'byte 0xE0 at position 0'],
    ['a surrogate', [0xed, 0xa0, 0x80], 'byte 0xED at position 0'],
    ['beyond Unicode', [0xf4, 0x90, 0x80, 0x80], 'byte 0xF4 at position 0'],
    ['a cut character', [0x41, 0xe4, 0xbd], 'byte 0xE4 at position 1'],
    ['little-endian UTF-16', [0xff, 0xfe, 0x41, 0], 'a.txt is UTF-16, expected UTF-8.'],
    ['big-endian UTF-16', [0xfe, 0xff, 0, 0x41], 'a.txt is UTF-16, expected UTF-8.'],
    ['UTF-16 without a mark', [...utf16('{"a":1}')], 'a.txt is UTF-16, expected UTF-8.'],
    ['a NUL', [0x41, 0x42, 0], 'a.txt is no text file: byte 2 is 0'],
  ])('refuses %s', (_, bytes, sentence) => {
    const read = () => decodeUtf8(Uint8Array.from(bytes), 'a.txt');
    expect(read).toThrow(UserError);
    expect(read).toThrow(sentence);
  });

  it('finds the same byte wherever it stands among valid characters', () => {
    const good = utf8('é你👩a');
    for (const bad of [0x80, 0xbf, 0xc1, 0xf5, 0xff]) {
      const bytes = Uint8Array.from([...good, bad, ...good]);
      expect(() => decodeUtf8(bytes, 'a')).toThrow(`at position ${good.length}`);
    }
  });
});

it('reads the same from a file on the page', async () => {
  expect(await readUtf8(new Blob(['café']), 'a')).toBe('café');
  await expect(readUtf8(new Blob([Uint8Array.of(0xe9)]), 'a.txt')).rejects.toThrow('a.txt is not UTF-8');
});

it('linesOf takes any line ends', () => {
  expect(linesOf(' cat \r\n\r\ndog\rfrog\n')).toEqual(['cat', 'dog', 'frog']);
});
