/**
 * @file Curves of the runs as one SVG: a small chart a cell, wanted share and things named right over the updates.
 */
import { element, polyline, svgDocument, svgText } from '../sheets/svg';
import type { CellResult } from './runner';

const [WIDTH, HEIGHT, GAP, HEAD] = [250, 120, 26, 26];
const COLUMNS = 3;
const COLOURS = { wanted: '#0a7969', namedRight: '#a84e09', best: '#4250d0', text: '#161a21' };

/** A measure of the sample grids over the updates. */
function line({ curve, metrics }: CellResult, measure: 'wanted' | 'namedRight'): string {
  const points = curve.flatMap((grid): [number, number][] => {
    const value = grid[measure];
    return value === null
      ? []
      : [[(grid.step / metrics.length) * WIDTH, (1 - Math.min(Math.max(value, 0), 1)) * HEIGHT]];
  });
  return polyline(points, { stroke: COLOURS[measure], 'stroke-width': 2 });
}

function chart(result: CellResult): string {
  const { id, metrics, bestStep } = result;
  const x = (bestStep / metrics.length) * WIDTH;
  const marks = { stroke: COLOURS.best, 'stroke-dasharray': '3 3' };
  return [
    svgText(id, 0, -7, { size: 12, fill: COLOURS.text, bold: true }),
    element('rect', { width: WIDTH, height: HEIGHT, fill: '#f5f6f9', stroke: '#dde2ea' }),
    bestStep > 0 ? element('line', { x1: x, x2: x, y1: 0, y2: HEIGHT, ...marks }) : '',
    line(result, 'wanted'),
    line(result, 'namedRight'),
    svgText('0', 0, HEIGHT + 12, { size: 10, fill: COLOURS.text }),
    svgText(`${metrics.length} updates`, WIDTH, HEIGHT + 12, { size: 10, fill: COLOURS.text, anchor: 'end' }),
  ].join('');
}

export function curvesSvg(results: readonly CellResult[]): string {
  const rows = Math.max(1, Math.ceil(results.length / COLUMNS));
  const legend = [
    svgText('wanted', GAP, 18, { size: 12, fill: COLOURS.wanted }),
    svgText('named right', GAP + 110, 18, { size: 12, fill: COLOURS.namedRight }),
    svgText('best step', GAP + 210, 18, { size: 12, fill: COLOURS.best }),
  ];
  const charts = results.map((result, i) => {
    const x = GAP + (i % COLUMNS) * (WIDTH + GAP);
    const y = GAP + HEAD + Math.floor(i / COLUMNS) * (HEIGHT + HEAD + GAP);
    return element('g', { transform: `translate(${x} ${y})` }, chart(result));
  });
  const [width, height] = [COLUMNS * (WIDTH + GAP) + GAP, rows * (HEIGHT + HEAD + GAP) + GAP];
  return svgDocument(width, height, ...legend, ...charts);
}
