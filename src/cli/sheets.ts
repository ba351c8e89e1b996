/** @file The sheets of a run as PNG files. */
import { type SampleRow, sampleGrid } from '../sheets/sample-grid';
import { type TimelineSheet, timelineSheet } from '../sheets/timeline-sheet';
import { measure, renderPng } from './render-svg';

/** As `sampleGrid`. */
export function sampleGridPng(rows: readonly SampleRow[], captions: readonly string[]): Uint8Array {
  return renderPng(sampleGrid(rows, captions, measure));
}

/** As `timelineSheet`. */
export function timelinePng(sheet: TimelineSheet): Uint8Array {
  return renderPng(timelineSheet(sheet, measure));
}
