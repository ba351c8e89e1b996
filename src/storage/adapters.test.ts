import { expect, test } from 'vitest';
import './testing';
import {
  deleteAdapter,
  duplicateAdapter,
  getAdapter,
  listAdapters,
  putAdapter,
  renameAdapter,
  undeleteAdapter,
} from './adapters';
import { purgeDeleted } from './purge';
import { loadTuning, saveTuning } from './tuning';

const adapter = (id: string) => ({
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

test('adapters are kept, renamed, duplicated, deleted and brought back', async () => {
  await putAdapter(adapter('a'));
  await renameAdapter('a', 'warm');
  const copy = await duplicateAdapter('a');
  await deleteAdapter('a');
  expect((await listAdapters()).map((a) => [a.name, a.deletedAt !== undefined]).sort()).toEqual([
    ['warm copy', false],
    ['warm', true],
  ]);
  await undeleteAdapter('a');
  expect((await getAdapter('a'))!.deletedAt).toBeUndefined();
  await deleteAdapter('a');
  expect(await purgeDeleted()).toBe(1);
  expect((await listAdapters()).map((a) => a.id)).toEqual([copy.id]);
  await expect(duplicateAdapter('a')).rejects.toThrow('no longer in the Library');
});

test('measured kernel choices are kept for each graphics adapter', async () => {
  expect(await loadTuning('gpu 1')).toEqual({});
  await saveTuning('gpu 1', { matmul: 'scalar' });
  expect([await loadTuning('gpu 1'), await loadTuning('gpu 2')]).toEqual([{ matmul: 'scalar' }, {}]);
});
