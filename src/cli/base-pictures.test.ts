/** @file The base's pictures are drawn once for all evaluations of the same, and again for others. */
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import type { Artist, Drawing } from '../align/artist';
import { writeSafetensors } from '../formats/safetensors';
import { BasePictures } from './base-pictures';
import { temporaryFolder } from './testing/harness';

const temporary = temporaryFolder();
afterAll(() => rmSync(temporary, { recursive: true }));

const drawing: Drawing = { pictures: [1, 2, 3].map((seed) => ({ prompt: 'fox', seed })), steps: 1, guidance: 1 };

/** Draws number i as a picture of i and thirds. */
function counted(key: string) {
  const drawn: number[] = [];
  const draw: Artist['pictures'] = async ({ pictures }, first, _, rows = 1) =>
    Array.from({ length: Math.min(rows, pictures.length - first) }, (_, i) => {
      drawn.push(first + i);
      return { width: 1, height: 2, data: new Float32Array(6).fill((first + i) / 3) };
    });
  return { drawn, base: new BasePictures(join(temporary, 'base.safetensors'), key, draw) };
}

async function all({ base }: ReturnType<typeof counted>) {
  const first = await base.pictures(drawing, 0, undefined, 2);
  return [...first, ...(await base.pictures(drawing, 2, undefined, 2))];
}

it('draws once, to the bit, and anew for another key', async () => {
  const once = counted('a');
  const pictures = await all(once);
  expect(once.drawn).toEqual([0, 1, 2]);
  const again = counted('a');
  expect(await all(again)).toEqual(pictures);
  expect(again.drawn).toEqual([]);
  const other = counted('b');
  await all(other);
  expect(other.drawn).toEqual([0, 1, 2]);
  expect((await all(counted('b'))).length).toBe(3);
});

it('leaves a file of something else alone', () => {
  const path = join(temporary, 'lora.safetensors');
  writeFileSync(path, writeSafetensors([{ name: 'a', shape: [1], data: new Float32Array(1) }]));
  expect(() => new BasePictures(path, 'a', () => expect.unreachable())).toThrow('holds no pictures of a base');
});

it('keeps nothing of an evaluation that ended early', async () => {
  const ended = counted('c');
  await ended.base.pictures(drawing, 0, undefined, 2);
  const next = counted('c');
  await all(next);
  expect(next.drawn).toEqual([0, 1, 2]);
});
