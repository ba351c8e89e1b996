/** @file A chart as it becomes a file: its numbers, and how its lines look. */

export interface DrawnChart {
  title: string;
  /** What its axis is called: `step`. */
  axis: string;
  /** Positions along it, ascending. */
  x: readonly number[];
  lines: readonly {
    label: string;
    /** CSS custom property of its colour. */
    color: string;
    dash?: readonly number[];
    /** One a position; null where there is none. */
    values: readonly (number | null)[];
  }[];
  /** A logarithmic scale, where every value allows it. */
  log?: boolean;
  /** Draws the axis from its highest position to its lowest. */
  reversed?: boolean;
  /** Whether a line goes on over positions where it has no value. */
  bridged?: boolean;
  /** Draws the values thin and smoothed ones bold. */
  isSmoothed?: boolean;
}
