import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { UserError } from '../errors';
import { type FileSource, memorySource } from './file-source';
import { readGgufHeader } from './gguf';
import { type GgufParts, type GgufTensor, ggufOf, joined, text, u32, u64 } from './testing';

const open = (bytes: Uint8Array) => readGgufHeader(memorySource('m', { 'a.gguf': bytes }), 'a.gguf');
const w = (more: Partial<GgufTensor> = {}): GgufTensor => ({
  ...{ name: 'w', sizes: [32, 2], type: 8, bytes: new Uint8Array(68) },
  ...more,
});

describe('readGgufHeader', () => {
  it('reads what the gguf package writes', async () => {
    const file = readFileSync(new URL('../../tools/reference/golden/quants/types.gguf', import.meta.url));
    const { tensors, metadata } = await open(file);
    expect(Object.fromEntries(metadata)).toEqual({
      'general.architecture': 'test',
      'a.u8': 200,
      'a.i8': -100,
      'a.u16': 60000,
      'a.i16': -30000,
      'a.u32': 4_000_000_000,
      'a.i32': -2_000_000_000,
      'a.f32': 0.5,
      'a.bool': true,
      'a.string': 'größer 大 \u{1f3a8}',
      'a.numbers': { list: 3 },
      'a.strings': { list: 3 },
      'a.u64': 2n ** 40n,
      'a.i64': -(2n ** 40n),
      'a.f64': 0.1,
    });
    expect(tensors.map(({ name, dtype, shape }) => [name, dtype, ...shape])).toEqual([
      ...['F32', 'F16', 'BF16', 'Q8_0', 'Q4_0', 'Q4_1', 'Q5_0', 'Q5_1', 'Q4_K', 'Q5_K', 'Q6_K'].map((dtype) => [
        ...[dtype, dtype, 2, 512],
      ]),
      ['odd', 'F16', 3],
      ['last', 'F32', 1, 1],
    ]);
    for (const { begin } of tensors) expect(begin % 32).toBe(0);
  });

  it('places tensors by their offsets, in any order, with any alignment, the last without padding', async () => {
    const alignment: GgufParts['pairs'] = [['general.alignment', 4, u32(128)]];
    const file = ggufOf({
      pairs: alignment,
      alignment: 128,
      tensors: [w({ name: 'b', offset: 128 }), w({ name: 'a', offset: 0, sizes: [32], bytes: new Uint8Array(34) })],
    });
    const { tensors } = await open(file.subarray(0, file.length - 60));
    expect(tensors.map(({ name, shape, begin, end }) => [name, shape, begin % 128, end - begin])).toEqual([
      ['a', [32], 0, 34],
      ['b', [2, 32], 0, 68],
    ]);
    expect((await open(ggufOf({}))).tensors).toEqual([]);
  });

  it('reads the head in slices, and passes over lists unread', async () => {
    const list = joined(u32(6), u64(1_000_000), new Uint8Array(4_000_000));
    const inner = memorySource('m', { 'a.gguf': ggufOf({ pairs: [['list', 9, list]], tensors: [w()] }) });
    let read = 0;
    const counting: FileSource = {
      ...inner,
      read: async (path, begin, end) => {
        const bytes = await inner.read(path, begin, end);
        read += bytes.length;
        return bytes;
      },
    };
    const { metadata, tensors } = await readGgufHeader(counting, 'a.gguf');
    expect(metadata.get('list')).toEqual({ list: 1_000_000 });
    expect(tensors).toHaveLength(1);
    expect(read).toBeLessThan(300_000);
  });

  const pair = (name: string, type: number, value: Uint8Array): GgufParts => ({ pairs: [[name, type, value]] });
  const huge = 2n ** 60n;
  it.each<[string, Uint8Array, string]>([
    ['an empty file', new Uint8Array(0), 'm: a.gguf is no GGUF file: it does not begin with "GGUF".'],
    ['another file', ggufOf({ magic: 'GGJT' }), 'm: a.gguf is no GGUF file: it does not begin with "GGUF".'],
    ['a cut version', ggufOf({}).subarray(0, 6), 'm: a.gguf is truncated: its version goes beyond its end at byte 6.'],
    [
      ...(['version 2', ggufOf({ version: 2 })] as const),
      'm: a.gguf is GGUF version 2, expected 3: convert it again with a newer program.',
    ],
    ['version 0', ggufOf({ version: 0 }), 'a.gguf is GGUF version 0, expected 3'],
    [
      ...(['big endian', ggufOf({ version: 0x03000000 })] as const),
      'm: a.gguf is a big-endian GGUF file, expected little-endian: convert it again.',
    ],
    [
      ...(['2⁶⁰ tensors', ggufOf({ tensorCount: huge })] as const),
      'm: a.gguf names 1152921504606846976 tensors, more than it has bytes for: it is damaged.',
    ],
    ['2⁶⁰ pairs', ggufOf({ pairCount: huge }), 'names 1152921504606846976 pairs of metadata, more than it has bytes'],
    ['a tensor too many', ggufOf({ tensors: [w()], tensorCount: 2n }), 'tensor 2 of 2 has no name'],
    [
      ...(['a name of 2⁶⁰ bytes', ggufOf(pair('a', 8, u64(huge)))] as const),
      'm: a.gguf: the value of "a" has 1152921504606846976 bytes, expected at most 1048576.',
    ],
    ['a text beyond the end', ggufOf(pair('a', 8, u64(5000))), 'is truncated: the value of "a" goes beyond its end'],
    ['a text that is not UTF-8', ggufOf(pair('a', 8, text(Uint8Array.of(0xff)))), 'the value of "a" is not UTF-8.'],
    [
      ...(['a name that is not UTF-8', ggufOf({ tensors: [w({ name: Uint8Array.of(0x66, 0xc3) })] })] as const),
      'm: a.gguf: the name of tensor 1 of 1 is not UTF-8.',
    ],
    [
      'a pair twice',
      ggufOf({
        pairs: [
          ['a', 7, u32(1).slice(0, 1)],
          ['a', 4, u32(1)],
        ],
      }),
      'metadata names "a" twice',
    ],
    ['a kind of value that is none', ggufOf(pair('a', 13, u64(0))), 'the value of "a" is of type 13, which GGUF'],
    ['a truth value of 2', ggufOf(pair('a', 7, Uint8Array.of(2))), 'the value of "a" is a truth value of 2, expected'],
    ['a list of lists', ggufOf(pair('a', 9, joined(u32(9), u64(1)))), 'the value of "a" is a list of lists'],
    ['a list of 2⁶⁰ texts', ggufOf(pair('a', 9, joined(u32(8), u64(huge)))), 'texts in the value of "a", more than'],
    ['a list of 2⁶⁰ bytes', ggufOf(pair('a', 9, joined(u32(0), u64(huge)))), 'numbers in the value of "a", more'],
    ['an alignment of 0', ggufOf(pair('general.alignment', 4, u32(0))), 'general.alignment is 0, expected a power'],
    ['an alignment of 24', ggufOf(pair('general.alignment', 4, u32(24))), 'general.alignment is 24, expected a power'],
    ['an alignment in words', ggufOf(pair('general.alignment', 8, text('32'))), 'general.alignment is "32", expected'],
    ['a tensor twice', ggufOf({ tensors: [w(), w()] }), 'm: a.gguf names tensor w twice.'],
    [
      'a type that is not read',
      ggufOf({ tensors: [w({ type: 10 })] }),
      'tensor w is Q2_K, expected F32, F16, BF16, F8',
    ],
    ['a type that is none', ggufOf({ tensors: [w({ type: 4 })] }), 'tensor w is of type 4, which GGUF does not have'],
    [
      ...(['rows of half a block', ggufOf({ tensors: [w({ sizes: [16, 4] })] })] as const),
      'm: a.gguf: tensor w has rows of 16, expected whole blocks of 32 for Q8_0.',
    ],
    [
      'five sizes',
      ggufOf({ tensors: [w({ sizes: [1, 1, 1, 1, 1] })] }),
      'tensor w has 5 dimensions, expected at most 4',
    ],
    ['2³² sizes', ggufOf({ tensors: [w({ sizes: [] })] }).fill(0xff, 33, 37), 'has 4294967295 dimensions, expected'],
    [
      ...(['2⁶⁰ elements', ggufOf({ tensors: [w({ sizes: [32, huge] })] })] as const),
      'm: a.gguf: tensor w has sizes 1152921504606846976 × 32, expected at most 2147483648 elements.',
    ],
    ['no element of 2⁶⁰', ggufOf({ tensors: [w({ sizes: [0, huge] })] }), 'tensor w has sizes 1152921504606846976 × 0'],
    [
      ...(['an offset between', ggufOf({ tensors: [w({ offset: 8 })] })] as const),
      'm: a.gguf: tensor w begins at byte 8 of the data, expected a multiple of 32.',
    ],
    ['an offset of 2⁶⁰', ggufOf({ tensors: [w({ offset: huge })] }), 'tensor w begins at byte 1152921504606846976 of'],
    [
      ...(['two tensors in one place', ggufOf({ tensors: [w({ name: 'v' }), w({ offset: 0 })] })] as const),
      'm: a.gguf: tensor w begins at byte 0 of the data, expected 96: it overlaps the tensor before it.',
    ],
    ['a gap', ggufOf({ tensors: [w({ offset: 32 })] }), 'begins at byte 32 of the data, expected 0: there is a gap'],
    [
      'a cut tensor',
      ggufOf({ tensors: [w()] }).subarray(0, 160),
      'is truncated: tensor w ends at byte 164, the file at',
    ],
    ['more data', joined(ggufOf({ tensors: [w()] }), u32(0)), 'expected 164: there is data that no tensor names.'],
  ])('names %s', async (_, bytes, sentence) => {
    const error = await open(bytes).catch((thrown) => thrown);
    expect(error).toBeInstanceOf(UserError);
    expect(error.message).toContain(sentence);
  });
});
