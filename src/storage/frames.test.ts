import { expect, test } from 'vitest';
import { frameSteps, getFrame, putFrame } from './frames';
import { purgeDeleted } from './purge';
import type { FrameRecord } from './records';
import { deleteRun, duplicateRun } from './runs';
import { createRun } from './snapshots';
import { testRun, testSnapshot } from './testing';

const frame = (runId: string, step: number): FrameRecord => ({
  ...{ version: 1, runId, step, width: 2, height: 2, sheet: Uint8Array.of(step) },
  timeline: {
    ...{ prompt: 'cat', seed: 1, step, positive: 'a', negative: 'b', sees: 'recovery', active: [], form: 'relative' },
    ...{ sigmaMin: 0.7, sigmaMax: 0.9, todaySigma: null, columns: [] },
  },
});

test('timelines of a run are kept by step, some of many, copied and purged with it', async () => {
  await createRun(testRun('f'), testSnapshot('f'));
  for (let step = 0; step < 50; step++) await putFrame(frame('f', step));
  const steps = await frameSteps('f');
  expect(steps).toHaveLength(32);
  expect([steps[0], steps.at(-1)]).toEqual([0, 49]);
  expect(await getFrame('f', 49)).toEqual(frame('f', 49));
  expect(await getFrame('f', 99)).toBeUndefined();
  const { id } = await duplicateRun('f');
  expect(await frameSteps(id)).toEqual(steps);
  await deleteRun('f');
  await purgeDeleted();
  expect(await frameSteps('f')).toEqual([]);
  expect(await frameSteps(id)).toEqual(steps);
});

test('a run that is not there keeps no timeline', async () => {
  await putFrame(frame('nobody', 1));
  expect(await frameSteps('nobody')).toEqual([]);
});
