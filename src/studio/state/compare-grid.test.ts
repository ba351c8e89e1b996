import { expect, test } from 'vitest';
import type { Picture } from '../../worker/protocol';
import {
  type DrawnColumn,
  gridRows,
  judgeable,
  missingOf,
  NOTHING_COMPARED,
  openColumns,
  picturesAsked,
  withPictures,
} from './compare-grid';
import { BASE } from './compare-sides';

const picture = (): Picture => ({ width: 1, height: 1, data: new Uint8ClampedArray(4) });
const plan = (...same: string[]) =>
  same.map((of, i) => ({ short: 'ABCDEF'[i], label: of, lora: BASE.lora, strength: 1, same: of }));
const asked = picturesAsked(['cat', 'owl'], [1, 2]);
const open = (same: string[], before: DrawnColumn[] = [], pictures = asked, how: unknown = 12) =>
  openColumns(plan(...same), 'sides', pictures, how, { axis: 'sides', columns: before });
/** All or the first few cells of a column, drawn. */
const drawn = (column: DrawnColumn, count = column.cells.length) =>
  withPictures(column, new Map(column.cells.slice(0, count).map((cell) => [cell, picture()])));

test('a prompt that is named twice is drawn once, prompts outermost', () => {
  expect(picturesAsked(['a', 'b', 'a'], [3, 4]).map(({ prompt, seed }) => prompt + seed)).toEqual([
    'a3',
    'a4',
    'b3',
    'b4',
  ]);
});

test('what two sides would show alike is drawn once', () => {
  const columns = open(['base', 'x', 'base']);
  expect(columns.map(({ sameAs, cells }) => [sameAs, cells.length])).toEqual([
    [null, 4],
    [null, 4],
    [0, 0],
  ]);
  // Along an axis there is no place that has to be kept for it.
  const along = openColumns(plan('base', 'base', 'x'), 'strengths', asked, 12, NOTHING_COMPARED);
  expect(along.map(({ short }) => short)).toEqual(['A', 'C']);
});

test('a picture that is there is not drawn again, wherever its side stood; a cancelled drawing goes on', () => {
  const [a, b] = open(['base', 'x']);
  const before = [drawn(a), drawn(b, 1)];
  const next = open(['x', 'y', 'base'], before);
  expect(next.map((column) => missingOf(column).length)).toEqual([3, 4, 0]);
  expect(next[2].cells[3].picture).toBe(before[0].cells[3].picture);
  const more = open(['base'], before, picturesAsked(['owl', 'tent'], [2]));
  expect(missingOf(more[0]).map(({ prompt }) => prompt)).toEqual(['tent']);
  expect(missingOf(open(['base'], before, asked, 13)[0])).toHaveLength(4);
});

test('a pinned side stays as it is, with its own prompts', () => {
  const [a, b] = open(['base', 'x']).map((column) => drawn(column));
  const next = open(['y', 'x'], [{ ...a, pinned: true }, b], picturesAsked(['tent'], [1]));
  expect(next[0]).toMatchObject({ label: 'base', pinned: true });
  expect(gridRows(next).map(({ prompt, cells }) => [prompt, cells.map((of) => of.length)])).toEqual([
    ['cat', [2, 0]],
    ['owl', [2, 0]],
    ['tent', [0, 1]],
  ]);
  expect(judgeable(next)).toBeNull();
});

test('what is judged is what every column has drawn, however many there are', () => {
  const [a, b, c, d] = open(['base', 'x', 'y', 'x']);
  expect(judgeable([drawn(a), drawn(b), drawn(c, 1), d])).toBeNull();
  const of = judgeable([drawn(a), drawn(b), drawn(c, 2), d])!;
  expect([of.prompts, of.seeds]).toEqual([['cat'], 2]);
  expect(of.sides.map(({ short, pictures }) => [short, pictures.length])).toEqual([
    ['A', 2],
    ['B', 2],
    ['C', 2],
  ]);
  expect(judgeable([drawn(a)])).toBeNull();
});
