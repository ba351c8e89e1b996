import { expect, test } from 'vitest';
import './testing';
import { deleteLora, duplicateLora, getLora, listLoras, putLora, renameLora, undeleteLora } from './loras';
import { purgeDeleted } from './purge';
import { loadTuning, saveTuning } from './tuning';

const lora = (id: string) => ({
  version: 1 as const,
  id,
  name: id,
  createdAt: 1,
  file: Uint8Array.of(1, 2),
  rank: 8,
  baseHash: null,
  runId: null,
  step: null,
  thumbnail: null,
});

test('LoRAs are kept, renamed, duplicated, deleted and brought back', async () => {
  await putLora(lora('a'));
  await renameLora('a', 'warm');
  const copy = await duplicateLora('a');
  await deleteLora('a');
  expect((await listLoras()).map((a) => [a.name, a.deletedAt !== undefined]).sort()).toEqual([
    ['warm copy', false],
    ['warm', true],
  ]);
  await undeleteLora('a');
  expect((await getLora('a'))!.deletedAt).toBeUndefined();
  await deleteLora('a');
  expect(await purgeDeleted()).toBe(1);
  expect((await listLoras()).map((a) => a.id)).toEqual([copy.id]);
  await expect(duplicateLora('a')).rejects.toThrow('no longer in the Library');
});

test('measured kernel choices are kept for each graphics adapter', async () => {
  expect(await loadTuning('gpu 1')).toEqual({});
  await saveTuning('gpu 1', { matmul: 'scalar' });
  expect([await loadTuning('gpu 1'), await loadTuning('gpu 2')]).toEqual([{ matmul: 'scalar' }, {}]);
});
