/** Every type of blocks against the `gguf` package: `tools/reference/quants_golden.py`. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { UserError } from '../../errors';
import { planesOfType, quantise, requireFinite, toFloat32, type WeightDtype } from '../dtypes';
import { memorySource } from '../file-source';
import { readGgufHeader } from '../gguf';
import { parseSafetensors } from '../safetensors';
import { pack, planesOf } from './blocks';

const GOLDEN = new URL('../../../tools/reference/golden/quants/', import.meta.url);
const read = (name: string) => new Uint8Array(readFileSync(new URL(name, GOLDEN)));
const file = read('types.gguf');
const { tensors } = await readGgufHeader(memorySource('golden', { 'types.gguf': file }), 'types.gguf');
const expected = parseSafetensors(read('expected.safetensors'), 'expected').tensors;
const encoded = parseSafetensors(read('encoded.safetensors'), 'encoded').tensors;
const bits = (values: Float32Array) => new Uint32Array(values.slice().buffer);

describe.each(tensors.map(({ name, dtype, begin, end }) => ({ name, dtype, bytes: file.subarray(begin, end) })))(
  '$name',
  ({ name, dtype, bytes }) => {
    it('has the values that gguf reads, to the bit', () => {
      const values = expected.get(name)!;
      expect(bits(toFloat32(bytes, dtype))).toEqual(bits(toFloat32(values.bytes, 'F32')));
    });

    it('loses nothing in its planes', () => {
      const type = planesOfType(dtype);
      if (!type) return expect(['F32', 'F16', 'BF16']).toContain(dtype);
      const packed = pack(type, bytes);
      // Whatever bit of a block is another one is another one in the planes.
      for (let at = 0; at < Math.min(bytes.length, 2 * type.bytes); at++) {
        for (let bit = 0; bit < 8; bit++) {
          const changed = bytes.slice();
          changed[at] ^= 1 << bit;
          expect(pack(type, changed).bytes).not.toEqual(packed.bytes);
        }
      }
      expect(planesOf(packed).map((plane) => plane.length % 4)).toEqual(type.planes.map(() => 0));
    });
  },
);

describe('quantise', () => {
  const values = toFloat32(encoded.get('values')!.bytes, 'F32');
  it.each(['Q8_0', 'Q4_0'] as const)('%s writes the bytes that gguf writes', (dtype) => {
    expect(quantise(values, dtype, 'w')).toEqual(Uint8Array.from(encoded.get(dtype)!.bytes));
  });

  it('refuses what no scale in f16 reaches', () => {
    for (const dtype of ['Q8_0', 'Q4_0'] as const) {
      const large = new Float32Array(64).fill(1).fill(-1e9, 40, 41);
      expect(() => quantise(large, dtype, 'a: tensor w')).toThrow(
        new UserError(`a: tensor w holds weights too large for ${dtype}, in its block 1.`),
      );
    }
  });
});

describe('scales that are not finite', () => {
  it.each<[WeightDtype, number, number[]]>([
    ['Q8_0', 34, [0]],
    ['Q4_0', 18, [0]],
    ['Q4_1', 20, [0, 2]],
    ['Q5_0', 22, [0]],
    ['Q5_1', 24, [0, 2]],
    ['Q4_K', 144, [0, 2]],
    ['Q5_K', 176, [0, 2]],
    ['Q6_K', 210, [208]],
  ])('%s', (dtype, size, offsets) => {
    const good = new Uint8Array(3 * size).fill(0x7b);
    expect(() => requireFinite(good, dtype, 'w')).not.toThrow();
    for (const offset of offsets) {
      const bytes = good.slice();
      bytes[size + offset + 1] = 0xfc;
      expect(() => requireFinite(bytes, dtype, 'w')).toThrow(
        new UserError('w has a scale that is not finite, in its block 1: the file is damaged.'),
      );
    }
  });

  it('of fp8 the values themselves', () => {
    expect(() => requireFinite(Uint8Array.of(0x7e, 0xff), 'F8_E4M3', 'w')).toThrow('(NaN at element 1)');
  });
});
