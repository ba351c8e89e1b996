import { expect, test } from 'vitest';
import {
  type Column,
  curvesOf,
  picturesIn,
  ROWS,
  SEES,
  type TimelineOf,
  timelineSchema,
  withPictures,
} from './timeline';

const numbers = { sigma: 0.9, sigmaRecovered: null, gamma: null, kappa: 0, reward: 0.2, rewardOneStep: 0.1 };
const column = (penalty: number | null): Column<string> => ({
  ...numbers,
  penalty,
  penaltyOneStep: penalty,
  injected: 'i',
  oneStep: 'o',
});

test('one step is a curve of its own where the reward sees something else; forms without a penalty draw none', () => {
  const keys = (sees: (typeof SEES)[number], penalty: number | null) =>
    curvesOf({ sees, columns: [column(penalty)] }).map(({ key }) => key);
  expect(keys('recovery', 0.1)).toEqual(['reward', 'penalty', 'rewardOneStep', 'penaltyOneStep']);
  expect(keys('picture', null)).toEqual(['reward', 'rewardOneStep']);
  expect(keys('one-step', 0)).toEqual(['reward', 'penalty']);
  expect(keys('one-step', null)).toEqual(['reward']);
});

test('a timeline has its recovered pictures only where there is a recovery', () => {
  for (const sees of SEES) {
    expect(ROWS[sees].some(({ key }) => key === 'recovered')).toBe(sees === 'recovery');
    const with3 = { ...column(0), ...(sees === 'recovery' && { recovered: 'r' }) };
    const timeline = { sees, clean: 'c', columns: [with3] } as TimelineOf<string>;
    expect(picturesIn(timeline)).toHaveLength(ROWS[sees].length + 1);
    const again = withPictures(timeline, (picture) => picture.toUpperCase());
    expect(picturesIn(again)).toEqual(picturesIn(timeline).map((picture) => picture.toUpperCase()));
    expect(Object.keys(again.columns[0]).sort()).toEqual(Object.keys(with3).sort());
  }
});

test('a timeline of before there were other methods is one of a recovery', () => {
  const words = { prompt: 'cat', seed: 1, step: 0, positive: 'a', negative: 'b' };
  const old = { ...words, sigmaMin: 0.7, sigmaMax: 0.9, todaySigma: null };
  expect(timelineSchema.parse(old)).toEqual({ ...old, form: 'relative', sees: 'recovery', active: [] });
});
