/**
 * @file What Compare has drawn: columns of pictures, a row a prompt. Pictures that are known are never drawn again, and
 * what a cancelled drawing has done stays.
 */
import type { Evaluation } from '../../formats/evaluation';
import type { Picture, PictureAsked } from '../../worker/protocol';
import type { Axis } from './compare-columns';
import type { PlannedSide } from './compare-plan';
import type { SideOption } from './compare-sides';
import type { ComparedRun } from './overlay';
import type { RunView } from './run-view';

export interface DrawnCell extends PictureAsked {
  /** null where it is not drawn yet. */
  picture: Picture | null;
}

export interface DrawnColumn {
  /** For a table's head or a picture's corner: `A`, `0.50`, `step 20`. */
  short: string;
  label: string;
  /** Equal for two columns whose pictures of one prompt and seed are the same. */
  key: string;
  cells: DrawnCell[];
  /** Stays as it is when the others are drawn anew. */
  pinned: boolean;
  /** The earlier column that shows the same; this one has no cells then. */
  sameAs: number | null;
}

export interface CompareState {
  /** What `columns` differ by. */
  axis: Axis;
  columns: DrawnColumn[];
  /** What the columns have in common; null where each is something else. */
  subject: string | null;
  /** How `columns` were drawn; null where nothing was. */
  how: { steps: number; guidance: number } | null;
  busy: boolean;
  /** The column that is being drawn, and pictures done of all that were missing. */
  drawing: { column: number; done: number; total: number } | null;
  /** LoRAs and runs of the Library, as last read; null before. */
  offered: SideOption[] | null;
  /** Runs of the Library whose charts have been looked at. */
  runs: ComparedRun[];
  /** What judge and rewards say of the columns as they are drawn now; null where they were not asked. */
  evaluation: { of: Evaluation; shorts: string[] } | null;
}

export const NOTHING_COMPARED: CompareState = {
  axis: 'sides',
  columns: [],
  subject: null,
  how: null,
  busy: false,
  drawing: null,
  offered: null,
  runs: [],
  evaluation: null,
};

/** Every prompt with every seed, prompts outermost; a prompt that is named twice is drawn once. */
export const picturesAsked = (prompts: readonly string[], seeds: readonly number[]): PictureAsked[] =>
  [...new Set(prompts)].flatMap((prompt) => seeds.map((seed) => ({ prompt, seed })));

/**
 * The columns of a plan before it is drawn, with the pictures of it that are there already.
 * @param how whatever else the pictures depend on
 */
export function openColumns(
  planned: readonly PlannedSide[],
  axis: Axis,
  asked: readonly PictureAsked[],
  how: unknown,
  before: Pick<CompareState, 'axis' | 'columns'>,
): DrawnColumn[] {
  const columns: DrawnColumn[] = [];
  for (const [i, { short, label, same }] of planned.entries()) {
    const there = before.axis === axis ? before.columns[i] : undefined;
    if (axis === 'sides' && there?.pinned) {
      columns.push({ ...there, short, sameAs: null });
      continue;
    }
    const key = keyOf(same, how);
    const known = before.columns.filter((column) => column.key === key).flatMap(({ cells }) => cells);
    const cells = asked.map(({ prompt, seed }) => ({
      prompt,
      seed,
      picture: known.find((cell) => cell.prompt === prompt && cell.seed === seed)?.picture ?? null,
    }));
    const shown = shownBy({ key, cells });
    const sameAs = columns.findIndex((column) => column.sameAs === null && shownBy(column) === shown);
    if (sameAs < 0) columns.push({ short, label, key, cells, pinned: false, sameAs: null });
    else if (axis === 'sides') columns.push({ short, label, key, cells: [], pinned: false, sameAs });
  }
  return columns;
}

/** What tells the pictures of a column from another's with the same prompts and seeds. */
export const keyOf = (same: string, how: unknown) => JSON.stringify([same, how]);

const shownBy = ({ key, cells }: Pick<DrawnColumn, 'key' | 'cells'>) =>
  JSON.stringify([key, cells.map(({ prompt, seed }) => [prompt, seed])]);

/** Cells of a column that are still to be drawn. */
export const missingOf = ({ cells, pinned }: DrawnColumn): DrawnCell[] =>
  pinned ? [] : cells.filter(({ picture }) => picture === null);

/** A column with pictures for these of its cells. */
export function withPictures(column: DrawnColumn, drawn: ReadonlyMap<DrawnCell, Picture>): DrawnColumn {
  const isDrawn = (cell: DrawnCell, { prompt, seed }: PictureAsked) => cell.prompt === prompt && cell.seed === seed;
  return {
    ...column,
    cells: column.cells.map((cell) => {
      const picture = [...drawn].find(([of]) => isDrawn(cell, of))?.[1];
      return picture ? { ...cell, picture } : cell;
    }),
  };
}

export interface GridRow {
  prompt: string;
  /** One list a column. */
  cells: DrawnCell[][];
}

/** Rows of all columns, a row a prompt, in the order in which prompts first appear. */
export function gridRows(columns: readonly Pick<DrawnColumn, 'cells'>[]): GridRow[] {
  const prompts = [...new Set(columns.flatMap(({ cells }) => cells.map(({ prompt }) => prompt)))];
  return prompts.map((prompt) => ({
    prompt,
    cells: columns.map(({ cells }) => cells.filter((cell) => cell.prompt === prompt)),
  }));
}

/**
 * Columns and prompts that can be measured against each other: at least two columns that show the same prompts from
 * the same seeds, and of those prompts the ones that are drawn to their end everywhere; null where there are none.
 */
export function judgeable(columns: readonly DrawnColumn[]) {
  const own = columns.filter(({ sameAs }) => sameAs === null);
  const seedsOf = (cells: readonly DrawnCell[]) => cells.map(({ seed }) => seed).join();
  const rows = gridRows(own).filter(({ cells }) =>
    cells.every((of) => of.length > 0 && seedsOf(of) === seedsOf(cells[0]) && of.every(({ picture }) => picture)),
  );
  const seeds = rows[0]?.cells[0].length ?? 0;
  if (own.length < 2 || seeds === 0 || rows.some(({ cells }) => cells[0].length !== seeds)) return null;
  return {
    prompts: rows.map(({ prompt }) => prompt),
    seeds,
    sides: own.map(({ short, label }, i) => ({
      short,
      label,
      pictures: rows.flatMap(({ cells }) => cells[i].map(({ picture }) => picture!)),
    })),
  };
}

/** Before and after of a recorded run, shown until something has been drawn. */
export function recordedColumns(recording: RunView | null): DrawnColumn[] {
  const rows = [recording?.samples[0], recording?.samples.at(-1)];
  if (!rows[0]?.pictures || !rows[1]?.pictures || rows[0] === rows[1]) return [];
  return rows.map((row, i) => ({
    short: 'AB'[i],
    label: row!.step === 0 ? 'Recorded run, before training' : `Recorded run, step ${row!.step}`,
    key: `recorded ${row!.step}`,
    cells: row!.prompts.map((prompt, at) => ({ prompt, seed: row!.seeds[at], picture: row!.pictures![at] })),
    pinned: false,
    sameAs: null,
  }));
}
