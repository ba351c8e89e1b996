import { expect, test } from 'vitest';
import { write } from './database';
import { listMetrics } from './metrics';
import { purgeDeleted } from './purge';
import { changeRun, deleteRun, duplicateRun, getRun, listRuns, renameRun, undeleteRun } from './runs';
import { listSamples, putSamples } from './samples';
import { createRun, getKeptLora, getSnapshot, keptSteps, saveProgress } from './snapshots';
import { testMetrics, testRun, testSnapshot } from './testing';

const file = Uint8Array.of(1, 2, 3);

test('a run, its snapshot, kept LoRAs and samples come back as they were stored', async () => {
  await createRun(testRun('a'), testSnapshot('a'));
  await saveProgress(testRun('a', { step: 10 }), {
    snapshot: testSnapshot('a', 10),
    metrics: testMetrics(10),
    kept: { version: 1, runId: 'a', step: 10, file },
  });
  await putSamples({ version: 1, runId: 'a', step: 10, prompts: ['cat'], seeds: [99], pictures: [file] });
  expect(await getRun('a')).toMatchObject({ step: 10, name: 'run a', thumbnail: file });
  expect(await getSnapshot('a')).toEqual(testSnapshot('a', 10));
  expect((await getKeptLora('a', 10))!.file).toEqual(file);
  expect(await getKeptLora('a', 5)).toBeUndefined();
  expect(await keptSteps('a')).toEqual([10]);
  expect((await listSamples('a')).map((s) => s.step)).toEqual([10]);
});

test('runs never overwrite each other', async () => {
  await createRun(testRun('once'), testSnapshot('once'));
  await expect(createRun(testRun('once', { step: 3 }), testSnapshot('once', 3))).rejects.toThrow('exists already');
  expect((await getRun('once'))!.step).toBe(0);
});

test('a rename in the page and progress in the worker do not undo each other', async () => {
  await createRun(testRun('b'), testSnapshot('b'));
  await Promise.all([
    renameRun('b', 'my cat'),
    saveProgress(testRun('b', { step: 1 }), { snapshot: testSnapshot('b', 1) }),
    deleteRun('b'),
  ]);
  expect(await getRun('b')).toMatchObject({ name: 'my cat', step: 1, deletedAt: expect.any(Number) });
});

test('a duplicate trains on by itself', async () => {
  await createRun(testRun('c', { step: 4 }), testSnapshot('c', 4));
  await saveProgress(testRun('c', { step: 4 }), { metrics: testMetrics(4) });
  await putSamples({ version: 1, runId: 'c', step: 0, prompts: ['cat'], seeds: [99], pictures: [file] });
  const copy = await duplicateRun('c');
  expect(copy.name).toBe('run c copy');
  await saveProgress(testRun(copy.id, { step: 5 }), { snapshot: testSnapshot(copy.id, 5), metrics: testMetrics(5) });
  expect((await listMetrics(copy)).map(({ step }) => step)).toEqual([4, 5]);
  expect([(await getRun('c'))!.step, (await getRun(copy.id))!.step]).toEqual([4, 5]);
  expect((await getSnapshot('c'))!.step).toBe(4);
  expect(await listSamples(copy.id)).toMatchObject([{ runId: copy.id, step: 0 }]);
});

test('deleting can be undone until the purge, which takes everything of the run and nothing else', async () => {
  await createRun(testRun('d'), testSnapshot('d'));
  await createRun(testRun('dd'), testSnapshot('dd'));
  await deleteRun('d');
  await undeleteRun('d');
  expect((await getRun('d'))!.deletedAt).toBeUndefined();
  await deleteRun('d');
  await purgeDeleted(Date.now() - 60_000);
  expect(await getRun('d')).toBeDefined();
  await purgeDeleted();
  expect([await getRun('d'), await getSnapshot('d')]).toEqual([undefined, undefined]);
  expect(await getSnapshot('dd')).toBeDefined();
  await expect(renameRun('d', 'x')).rejects.toThrow('no longer in the Library');
});

test('a damaged record is reported and the others are still listed', async () => {
  await createRun(testRun('good'), testSnapshot('good'));
  await write(['run', 'bad'], { ...testRun('bad'), wordChanges: 'none' });
  await write(['run', 'worse'], 7);
  await write(['run', 'newer'], { ...testRun('newer'), version: 3 });
  await write(['run', 'file'], { ...testRun('file'), run: { version: 1, prompts: [], colour: 'red' } });
  const sentences: string[] = [];
  const ids = (await listRuns((s) => sentences.push(s))).map((r) => r.id);
  expect(ids).toContain('good');
  expect(ids).not.toContain('bad');
  expect(sentences.sort()).toEqual([
    'The stored run is damaged: it names no version.',
    'The stored run “run bad”: "wordChanges" is "none", expected a list of changes.',
    'The stored run “run file”: run file: "prompts" is [], expected at least one prompt that is not empty.',
    'The stored run “run newer” was saved by a newer version of the studio: reload the page to get that version.',
  ]);
  await expect(getRun('bad')).rejects.toThrow('expected a list of changes');
});

test('a run can be changed only where it is there', async () => {
  await expect(changeRun('nobody', (run) => run)).rejects.toThrow('no longer in the Library');
});
