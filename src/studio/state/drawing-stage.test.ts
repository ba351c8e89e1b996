import { expect, test } from 'vitest';
import { drawingStage } from './drawing-stage';

type State = Parameters<typeof drawingStage>[0];

const state = (changes: object) =>
  drawingStage({
    ...{ compare: { drawing: null, columns: [{ short: 'base' }] }, progress: null, opened: 'yes' },
    ...{ download: null, downloadBytes: null, ...changes },
  } as unknown as State);

test('what Compare does is said in the order in which it happens', () => {
  const drawing = { column: 0, done: 3, total: 12 };
  const compare = { drawing, columns: [{ short: 'base' }] };
  expect(state({ compare })).toEqual({ words: 'Drawing base: 3 of 12 pictures', part: 0.25 });
  expect(state({ progress: { phase: 'judging', done: 1, total: 2 } })).toEqual({
    words: 'Judging: 1 of 2 pictures',
    part: 0.5,
  });
  expect(state({ opened: 'opening', download: { loadedBytes: 1e6, totalBytes: 4e6 }, downloadBytes: 4e6 })).toEqual({
    words: 'Downloading the base model: 1.0 MB of 4.0 MB',
    part: 0.25,
  });
  expect(state({ progress: { phase: 'loading', done: 1e9, total: 2e9 } })).toMatchObject({ part: 0.5 });
  expect(state({ progress: { phase: 'tuning' } })).toEqual({ words: 'Choosing the fastest kernels', part: 0 });
  expect(state({})).toEqual({ words: 'Opening the base model', part: 0 });
});
