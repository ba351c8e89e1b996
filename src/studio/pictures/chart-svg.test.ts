import { expect, test } from 'vitest';
import { chartCsv } from '../files/chart-csv';
import type { DrawnChart } from '../numbers/drawn-chart';
import { chartSvg } from './chart-svg';

const chart: DrawnChart = {
  title: 'Reward & more',
  axis: 'step',
  x: [1, 2, 3],
  lines: [
    { label: 'A: “cat”, one', color: '--accent', dash: [], values: [0.1, null, 0.3] },
    { label: 'B: owl', color: '--neg', dash: [8, 4], values: [null, -0.2, null] },
  ],
};
const svg = (more: Partial<DrawnChart> = {}) => chartSvg({ ...chart, ...more }, () => 0.6);
/** Lines of the data, which have corners. */
const paths = (text: string) => [...text.matchAll(/<path d="([^"]*)"/g)].map(([, d]) => d);

test('the numbers are a table with every line under its name, gaps empty', () => {
  expect(chartCsv(chart)).toBe('step,"A: “cat”, one",B: owl\r\n1,0.1,\r\n2,,-0.2\r\n3,0.3,\r\n');
});

test('title, axis, numbers along both axes and the name of every line are written', () => {
  const texts = [...svg().matchAll(/<text[^>]*>([^<]*)</g)].map(([, text]) => text);
  expect(texts).toEqual(
    expect.arrayContaining(['Reward &amp; more', 'step', '1.0', '3.0', '0.0', 'A: “cat”, one', 'B: owl']),
  );
  expect(svg()).toContain('stroke-dasharray="8 4"');
});

test('a point that no line reaches is drawn; a line goes over a gap only where that is asked for', () => {
  expect(svg().match(/<circle/g)).toHaveLength(3);
  expect(paths(svg())[0]).not.toContain('L');
  const bridged = svg({ bridged: true });
  expect(bridged.match(/<circle/g)).toHaveLength(1);
  expect(paths(bridged)[0]).toMatch(/^M\S+ \S+L\S+ \S+$/);
});

test('a reversed axis begins at its end; a log scale is kept to numbers that allow it', () => {
  const first = (text: string) => Number(/^M([\d.]+)/.exec(paths(text)[0])![1]);
  expect(first(svg({ reversed: true, bridged: true }))).toBeGreaterThan(first(svg({ bridged: true })));
  const positive = [{ ...chart.lines[0], values: [0.01, 1, 100] }];
  expect(svg({ log: true, lines: positive })).toContain('>0.01<');
  expect(svg({ log: true })).toBe(svg());
});
