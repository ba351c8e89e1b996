import { describe, expect, it } from 'vitest';
import { UserError } from '../errors';
import { toFloat32 } from './dtypes';
import { memorySource } from './file-source';
import { openTensors, parseSafetensors, parseSafetensorsHeader, writeSafetensors } from './safetensors';

/** A file with any header (object or text) and `dataBytes` zero bytes. */
function fileWith(header: unknown, dataBytes = 0): Uint8Array<ArrayBuffer> {
  const json = new TextEncoder().encode(typeof header === 'string' ? header : JSON.stringify(header));
  const file = new Uint8Array(8 + json.length + dataBytes);
  new DataView(file.buffer).setBigUint64(0, BigInt(json.length), true);
  file.set(json, 8);
  return file;
}

const tensor = (dtype: unknown, shape: unknown, begin: unknown, end: unknown) => ({
  dtype,
  shape,
  data_offsets: [begin, end],
});

const small = () =>
  writeSafetensors(
    [
      { name: 'b', shape: [2, 3], data: Float32Array.of(1, 2, 3, 4, 5, 6) },
      { name: 'a', shape: [], data: Float32Array.of(-0.5) },
      { name: 'empty', shape: [0, 4], data: new Float32Array(0) },
    ],
    { z: '1', format: 'pt' },
  );

describe('writeSafetensors', () => {
  it('is read back, whatever the order it was given', () => {
    const { tensors, metadata } = parseSafetensors(small(), 'small');
    expect([...tensors.keys()]).toEqual(['a', 'b', 'empty']);
    expect(tensors.get('b')!.shape).toEqual([2, 3]);
    expect([...toFloat32(tensors.get('b')!.bytes, 'F32')]).toEqual([1, 2, 3, 4, 5, 6]);
    expect(metadata).toEqual({ format: 'pt', z: '1' });
    const other = writeSafetensors(
      [
        { name: 'empty', shape: [0, 4], data: new Float32Array(0) },
        { name: 'a', shape: [], data: Float32Array.of(-0.5) },
        { name: 'b', shape: [2, 3], data: Float32Array.of(1, 2, 3, 4, 5, 6) },
      ],
      { format: 'pt', z: '1' },
    );
    expect(other).toEqual(small());
  });
});

describe('toFloat32', () => {
  it('reads f16 exactly: normal, subnormal, signed zero, infinite, not a number', () => {
    const halves = Uint16Array.of(0x3c00, 0xc000, 0x0001, 0x03ff, 0x0400, 0x7bff, 0x8000, 0x7c00, 0xfc00, 0x7e00);
    expect([...toFloat32(new Uint8Array(halves.buffer), 'F16')]).toEqual([
      1,
      -2,
      2 ** -24,
      1023 * 2 ** -24,
      2 ** -14,
      65504,
      -0,
      Number.POSITIVE_INFINITY,
      Number.NEGATIVE_INFINITY,
      Number.NaN,
    ]);
  });

  it('reads bf16 and unaligned bytes', () => {
    const bytes = Uint8Array.of(9, 0x80, 0x3f, 0x49, 0xc0).subarray(1);
    expect([...toFloat32(bytes, 'BF16')]).toEqual([1, -3.140625]);
  });
});

describe('parseSafetensorsHeader', () => {
  it('gives absolute offsets', () => {
    const file = fileWith({ w: tensor('F16', [3], 0, 6) }, 6);
    expect(parseSafetensorsHeader(file, file.length, 'f').tensors).toEqual([
      { name: 'w', dtype: 'F16', shape: [3], begin: file.length - 6, end: file.length },
    ]);
  });

  it('lists tensors of every dtype', () => {
    const file = fileWith({ ids: tensor('I64', [2], 0, 16), w: tensor('F32', [1], 16, 20) }, 20);
    const header = parseSafetensorsHeader(file, file.length, 'f');
    expect(header.tensors.map(({ name, dtype }) => [name, dtype])).toEqual([
      ['ids', 'I64'],
      ['w', 'F32'],
    ]);
  });

  it.each([
    ['an empty file', new Uint8Array(0), 'has 0 bytes, too few'],
    ['an impossible header length', fileWith({}).fill(255, 0, 8), 'names a header of 18446744073709552000 bytes'],
    ['a header longer than the file', fileWith({}).fill(200, 0, 1), 'names a header of 200 bytes, expected 2 to 2'],
    ['a header of no bytes', new Uint8Array(16), 'names a header of 0 bytes'],
    ['bad JSON', fileWith('{"a"'), 'the header is not valid JSON'],
    ['bad UTF-8', fileWith('{"a":1}').fill(0xff, 10, 11), 'the header is not UTF-8 (byte 0xFF at position 2)'],
    ['a name twice', fileWith(`{"w":${JSON.stringify(tensor('F32', [1], 0, 4))},"w":3}`, 4), 'names "w" twice'],
    ['metadata twice', fileWith('{"__metadata__":{},"__metadata__":{}}'), 'names "__metadata__" twice'],
    ['a deep dtype', fileWith(`{"w":{"dtype":${'['.repeat(1e5)}${']'.repeat(1e5)}}}`), 'deeper than 100 levels'],
    ['no shape', fileWith({ w: { dtype: 'F32' } }), 'tensor w has no shape'],
    ['a byte order mark', fileWith('\ufeff{}'), 'does not begin with "{"'],
    ['zero of too much', fileWith({ w: tensor('F32', [0, 2 ** 60, 1e300], 0, 0) }), 'tensor w has shape [0,'],
    ['a list', fileWith('[]'), 'the header is not a JSON object'],
    ['metadata that is no object', fileWith({ __metadata__: 3 }), '__metadata__ is 3, expected an object of strings'],
    ['metadata that is no string', fileWith({ __metadata__: { a: 3 } }), 'metadata "a" is 3, expected a string'],
    ['a tensor that is no object', fileWith({ w: 3 }), 'tensor w is 3, expected an object with dtype'],
    [
      'an unknown dtype',
      fileWith({ w: tensor('F12', [1], 0, 4) }, 4),
      'tensor w has dtype "F12", expected one of the format',
    ],
    ['an inherited dtype', fileWith({ w: tensor('constructor', [1], 0, 4) }, 4), 'tensor w has dtype "constructor"'],
    ['a negative size', fileWith({ w: tensor('F32', [-1], 0, 4) }, 4), 'tensor w has shape [-1]'],
    ['a shape that is no list', fileWith({ w: tensor('F32', 'x', 0, 4) }, 4), 'tensor w has shape "x"'],
    ['offsets backwards', fileWith({ w: tensor('F32', [1], 4, 0) }, 4), 'tensor w has data_offsets [4,0]'],
    ['offsets unlike the shape', fileWith({ w: tensor('F32', [3], 0, 8) }, 8), 'tensor w takes 8 bytes, expected 12'],
    [
      'a shape beyond all numbers',
      fileWith({ w: tensor('F32', [2 ** 52, 2 ** 52], 0, 8) }, 8),
      'tensor w has shape [4503599627370496,4503599627370496], expected at most 2147483648 elements',
    ],
    [
      'an overlap',
      fileWith({ v: tensor('F32', [2], 0, 8), w: tensor('F32', [2], 4, 12) }, 12),
      'tensor w begins at byte 4 of the data, expected 8: it overlaps the tensor before it',
    ],
    [
      'a gap',
      fileWith({ v: tensor('F32', [1], 0, 4), w: tensor('F32', [1], 8, 12) }, 12),
      'tensor w begins at byte 8 of the data, expected 4: there is a gap before it',
    ],
    ['truncated data', fileWith({ w: tensor('F32', [2], 0, 8) }, 7), 'is truncated: tensor w ends at byte'],
    ['data that nothing names', fileWith({ w: tensor('F32', [2], 0, 8) }, 9), 'there is data that no tensor names'],
  ])('refuses %s', (_, file, sentence) => {
    const read = () => parseSafetensorsHeader(file, file.length, 'f.safetensors');
    expect(read).toThrow(UserError);
    expect(read).toThrow(sentence);
    expect(read).toThrow('f.safetensors');
  });

  it('answers every truncation and random damage of the header with a UserError or a sound header', () => {
    const file = small();
    for (let length = 0; length < file.length; length++) {
      expect(() => parseSafetensors(file.slice(0, length), 'cut')).toThrow(UserError);
    }
    let state = 12345;
    const random = (below: number) => {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      return state % below;
    };
    const headerEnd = file.length - 28;
    let survived = 0;
    for (let trial = 0; trial < 5000; trial++) {
      const damaged = file.slice();
      for (let i = 0; i <= random(3); i++) damaged[random(headerEnd)] = random(256);
      try {
        for (const { begin, end } of parseSafetensorsHeader(damaged, damaged.length, 'damaged').tensors) {
          expect(begin >= 8 && begin <= end && end <= damaged.length).toBe(true);
        }
        survived++;
      } catch (error) {
        expect(error).toBeInstanceOf(UserError);
      }
    }
    expect(survived).toBeLessThan(5000);
  });
});

describe('openTensors', () => {
  const one = writeSafetensors([{ name: 'a', shape: [2], data: Float32Array.of(1, 2) }], { format: 'pt' });
  const two = writeSafetensors([{ name: 'b', shape: [1], data: Float32Array.of(3) }]);
  const index = (map: unknown) => JSON.stringify({ metadata: { total_size: 12 }, weight_map: map });

  it('reads one file', async () => {
    const set = await openTensors(
      memorySource('bundle', { 'transformer/model.safetensors': one }),
      'transformer/model',
    );
    expect(set.files).toEqual(['transformer/model.safetensors']);
    expect(await set.readFloat32('a')).toEqual({ shape: [2], data: Float32Array.of(1, 2) });
    await expect(set.read('c')).rejects.toThrow('bundle: transformer/model has no tensor c.');
  });

  it('reads shards', async () => {
    const source = memorySource('bundle', {
      't/m.safetensors.index.json': index({ b: 'm-2.safetensors', a: 'm-1.safetensors' }),
      't/m-1.safetensors': one,
      't/m-2.safetensors': two,
    });
    const set = await openTensors(source, 't/m');
    expect(set.files).toEqual(['t/m-1.safetensors', 't/m-2.safetensors']);
    expect((await set.readFloat32('b')).data).toEqual(Float32Array.of(3));
    expect((await set.readFloat32('a')).data).toEqual(Float32Array.of(1, 2));
  });

  it('takes the shards of an index before a single file beside it, or neither', async () => {
    const stale = writeSafetensors([{ name: 'a', shape: [2], data: Float32Array.of(9, 9) }]);
    const source = memorySource('bundle', {
      't/m.safetensors.index.json': index({ a: 'm-1.safetensors' }),
      't/m-1.safetensors': one,
      't/m.safetensors': stale,
    });
    const set = await openTensors(source, 't/m', 'index');
    expect(set.files).toEqual(['t/m-1.safetensors']);
    expect((await set.readFloat32('a')).data).toEqual(Float32Array.of(1, 2));
    await expect(openTensors(source, 't/m')).rejects.toThrow(
      'bundle: both t/m.safetensors and t/m.safetensors.index.json are there, expected one of them',
    );
  });

  it('names a weight that is not finite, and one of another dtype, when it is read', async () => {
    const broken = writeSafetensors([{ name: 'a', shape: [3], data: Float32Array.of(0, 1, Number.NaN) }]);
    const set = await openTensors(memorySource('bundle', { 't/m.safetensors': broken }), 't/m');
    await expect(set.read('a')).rejects.toThrow(
      'bundle: t/m.safetensors: tensor a holds a value that is not finite (NaN at element 2): the file is damaged.',
    );
    const f64 = fileWith({ a: tensor('F64', [1], 0, 8) }, 8);
    const other = await openTensors(memorySource('bundle', { 't/m.safetensors': f64 }), 't/m');
    await expect(other.read('a')).rejects.toThrow('tensor a is F64, expected F32, F16, BF16, F8_E4M3, Q8_0');
  });

  it.each([
    ['no file', {}, 'bundle: file t/m.safetensors is missing.'],
    ['no weight_map', { 't/m.safetensors.index.json': '{}' }, 'has no weight_map'],
    ['an index that is no JSON', { 't/m.safetensors.index.json': '{' }, 'index.json is not valid JSON'],
    [
      'a path outside',
      { 't/m.safetensors.index.json': index({ a: '../m.safetensors' }) },
      'expected a .safetensors file beside it',
    ],
    [
      'a missing shard',
      { 't/m.safetensors.index.json': index({ a: 'n.safetensors' }) },
      'bundle: file t/n.safetensors is missing.',
    ],
    [
      'a tensor that its shard lacks',
      { 't/m.safetensors.index.json': index({ a: 'n.safetensors' }), 't/n.safetensors': two },
      't/n.safetensors has no tensor a, which t/m.safetensors.index.json places there.',
    ],
    ['a truncated file', { 't/m.safetensors': one.slice(0, -1) }, 'bundle: t/m.safetensors is truncated'],
  ])('refuses %s', async (_, files, sentence) => {
    const opened = openTensors(memorySource('bundle', files), 't/m');
    await expect(opened).rejects.toThrow(UserError);
    await expect(opened).rejects.toThrow(sentence);
  });
});
