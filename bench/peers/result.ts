/** @file What a run of the comparison found: the JSON that is shared, and all that the table shows. */
import { median } from '../timing';
import type { ContenderId, Counted } from './contender';

/** Milliseconds of one run, over the rounds; or why there are none. */
export type Cell = { median: number; least: number; most: number; rounds: number } | { why: string };

export interface RowResult {
  id: string;
  label: string;
  gflop: number;
  cells: Partial<Record<ContenderId, Cell>>;
  /** Our rate over that of our best matmul of this run; null until one was measured. */
  share: number | null;
  counted: Counted | null;
}

export interface Result {
  adapter: string;
  /** What the adapter and the browser say of themselves. */
  vendor: string;
  architecture: string;
  features: string[];
  software: boolean;
  /** The browser, or Node. */
  where: string;
  date: string;
  versions: Partial<Record<ContenderId, string>>;
  /** The best of our matmuls, in GFLOP/s. */
  bestMatmul: number | null;
  rows: RowResult[];
}

export const isMeasured = (cell: Cell | undefined): cell is Extract<Cell, { median: number }> =>
  cell !== undefined && 'median' in cell;

/** @param seconds of one run, a value a round */
export function cellOf(seconds: readonly number[]): Cell {
  const all = seconds.map((s) => 1000 * s);
  return { median: median(all), least: Math.min(...all), most: Math.max(...all), rounds: all.length };
}

/** The fastest peer that counts; null where there is none. */
export function bestPeer({ cells }: RowResult): { id: ContenderId; median: number } | null {
  const peers = Object.entries(cells).flatMap(([id, cell]) =>
    id !== 'ours' && isMeasured(cell) ? [{ id: id as ContenderId, median: cell.median }] : [],
  );
  return peers.length > 0 ? peers.reduce((a, b) => (b.median < a.median ? b : a)) : null;
}

/** How many times as fast as the best peer we are: below 1 where that is faster. Null where either is missing. */
export function ratioToBest(row: RowResult): number | null {
  const { ours } = row.cells;
  const best = bestPeer(row);
  return best && isMeasured(ours) ? best.median / ours.median : null;
}
