import { expect, test } from 'vitest';
import { read, readKeys, write } from './database';
import { lastMetrics, listMetrics, metricsAt } from './metrics';
import { getRun, renameRun } from './runs';
import { createRun, saveProgress } from './snapshots';
import { testMetrics, testRun, testSnapshot } from './testing';

test('an update writes one record of metrics and reads or writes none of those before', async () => {
  await createRun(testRun('a'), testSnapshot('a'));
  const { put, get, getAll } = IDBObjectStore.prototype;
  const written: [key: unknown, size: number][][] = [];
  const asked: unknown[] = [];
  const spied = {
    put(this: IDBObjectStore, value: unknown, key?: IDBValidKey) {
      written.at(-1)?.push([key, JSON.stringify(value).length]);
      return put.call(this, value, key);
    },
    get(this: IDBObjectStore, key: IDBValidKey) {
      asked.push(key);
      return get.call(this, key);
    },
    getAll(this: IDBObjectStore, query?: IDBKeyRange) {
      asked.push('many');
      return getAll.call(this, query);
    },
  };
  Object.assign(IDBObjectStore.prototype, spied);
  try {
    for (let step = 1; step <= 9; step++) {
      written.push([]);
      const saved = { snapshot: testSnapshot('a', step), metrics: testMetrics(step) };
      await saveProgress(testRun('a', { step }), saved);
    }
  } finally {
    Object.assign(IDBObjectStore.prototype, { put, get, getAll });
  }
  const keys = written.map((records) => records.map(([key]) => (key as unknown[]).join('/')));
  expect(keys).toEqual(Array.from({ length: 9 }, (_, i) => ['run/a', `metrics/a/${i + 1}`, 'snapshot/a']));
  // Nothing grows with the number of updates.
  for (const records of written.slice(1)) expect(records.map((r) => r[1])).toEqual(written[0].map((r) => r[1]));
  expect(new Set(asked.map(String))).toEqual(new Set(['run,a']));
  const record = (await getRun('a'))!;
  expect((await listMetrics(record)).map(({ step }) => step)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9]);
  expect(await lastMetrics(record)).toEqual(testMetrics(9));
  expect([await metricsAt(record, 4), await metricsAt(record, 0)]).toEqual([testMetrics(4), undefined]);
});

test('the metrics of a hundred updates come in the order of their steps', async () => {
  const run = testRun('order');
  await createRun(run, testSnapshot('order'));
  for (const step of [100, 9, 10, 1]) await saveProgress(run, { metrics: testMetrics(step) });
  expect((await listMetrics(run)).map(({ step }) => step)).toEqual([1, 9, 10, 100]);
});

test('a run of version 1, its metrics in its own record, still opens, and goes on', async () => {
  const line = (step: number) => ({
    ...{ step, sigmaIndex: 7, sigma: 0.8, rewardDenoise: 0.1, rewardInversion: 0.2, lossDenoise: 0.3 },
    ...{ lossInversion: 0.25, gradNorm: 1, saturation: 0.2, positive: 'a', negative: 'b', seconds: 1 },
  });
  const { version: _, ...rest } = testRun('old', { step: 2 });
  await write(['run', 'old'], { ...rest, version: 1, metrics: [line(1), line(2)], keptSteps: [2] });
  await write(['snapshot', 'old'], testSnapshot('old', 2));
  await renameRun('old', 'still old');
  const record = (await getRun('old'))!;
  expect(await listMetrics(record)).toMatchObject([{ step: 1, plan: { sigmaIndex: 7 }, reward: 0.1 }, { step: 2 }]);
  expect(await lastMetrics(record)).toMatchObject({ step: 2, sigma: 0.8, loss: 0.55 });
  expect(await metricsAt(record, 1)).toMatchObject({ step: 1, plan: { sigmaIndex: 7 } });

  await saveProgress(testRun('old', { step: 3 }), { snapshot: testSnapshot('old', 3), metrics: testMetrics(3) });
  expect((await readKeys('metrics', 'old')).map(([, , step]) => step)).toEqual([1, 2, 3]);
  expect(await read(['run', 'old'])).not.toHaveProperty('earlierMetrics');
  const now = (await getRun('old'))!;
  expect(now).toMatchObject({ version: 2, name: 'still old', step: 3 });
  expect((await listMetrics(now)).map(({ step }) => step)).toEqual([1, 2, 3]);
});

test('a damaged line is reported and the others are listed', async () => {
  const run = testRun('damaged');
  await createRun(run, testSnapshot('damaged'));
  await saveProgress(run, { metrics: testMetrics(1) });
  await write(['metrics', 'damaged', 2], { version: 1, runId: 'damaged', step: 2, metrics: { step: 2 } });
  const sentences: string[] = [];
  expect(await listMetrics(run, (sentence) => sentences.push(sentence))).toEqual([testMetrics(1)]);
  expect(sentences).toEqual([expect.stringMatching(/^The stored metrics of an update: "metrics\.plan" is missing/)]);
});
