/** @file The pictures of Compare as one labelled PNG. */
import { compareSheet } from '../../sheets/compare-sheet';
import { type CompareState, type DrawnColumn, gridRows } from '../state/compare-grid';
import { browserMeasure, pngOfSvg } from './svg-png';

/** @param columns with at least one picture among them */
export function gridPng(
  columns: readonly DrawnColumn[],
  { steps, guidance }: NonNullable<CompareState['how']>,
): Promise<Blob> {
  const own = columns.filter(({ sameAs }) => sameAs === null);
  const rows = gridRows(own).map(({ prompt, cells }) => ({
    prompt,
    cells: cells.map((of) => of.map(({ picture }) => picture)),
  }));
  const seeds = [...new Set(own.flatMap(({ cells }) => cells.map(({ seed }) => seed)))];
  const note = `${seeds.length === 1 ? 'Seed' : 'Seeds'} ${seeds.join(', ')}; ${steps} steps, guidance ${guidance}.`;
  const titles = own.map(({ short, label }) => (short.length === 1 ? `${short}: ${label}` : label));
  return pngOfSvg(compareSheet(titles, rows, note, browserMeasure()));
}
