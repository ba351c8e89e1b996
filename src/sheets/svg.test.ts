import { expect, it } from 'vitest';
import { decodePng } from '../formats/png';
import { cellOf, element, polyline, shrunk, svgCell, svgText } from './svg';

const floats = (width: number, height: number, red: number[]) => ({
  width,
  height,
  data: Float32Array.from(red.flatMap((value) => [value, 0, 1])),
});
const reds = ({ data }: { data: Uint8ClampedArray }) => [...data.filter((_, i) => i % 4 === 0)];

it('writes elements whose texts and attributes are safe in XML', () => {
  expect(element('a', { x: 1 / 3, y: undefined, b: '"<&>' })).toBe('<a x="0.33" b="&quot;&lt;&amp;&gt;"/>');
  const text = svgText('<b>&\u0000\u001b\ud800]]>', 1, 2, { size: 3, fill: '#000' });
  expect(text).toMatch(/>&lt;b&gt;&amp;\\u0000\\u001b\\ud800\]\]&gt;<\/text>$/);
});

it('interrupts a line where a point is no number', () => {
  const d = (points: [number, number][]) => / d="([^"]*)"/.exec(polyline(points, {}))![1];
  expect(
    d([
      [0, 1],
      [2, 3],
    ]),
  ).toBe('M0 1L2 3');
  expect(
    d([
      [0, 1],
      [2, Number.NaN],
      [4, 5],
      [6, 7],
    ]),
  ).toBe('M0 1M4 5L6 7');
});

it('makes small pictures larger in whole pixels, and large ones smaller as means of blocks', () => {
  expect(cellOf(floats(2, 1, [0, 1]), 3.5)).toMatchObject({ width: 3, height: 1.5 });
  expect(cellOf(floats(2, 1, [0, 1]), 1)).toMatchObject({ width: 1, height: 0.5 });
  const small = cellOf(floats(8, 2, [0, 1, 0, 0, 0, 0, 1, 1, 1, 0, 0, 0, 0, 0, 1, 1]), 2);
  expect([small.width, small.height, reds(small.picture)]).toEqual([2, 0.5, [128, 0, 0, 255]]);
  const left = shrunk({ width: 5, height: 2, data: new Uint8ClampedArray(40).fill(255) }, 3);
  expect([left.width, left.height, reds(left)]).toEqual([1, 1, [255]]);
});

it('keeps a picture in the SVG pixel for pixel', () => {
  const svg = svgCell(cellOf(floats(3, 2, [0, 0.2, 0.4, 0.6, 0.8, 1]), 30), 5, 6, { stroke: '#000' });
  const png = Buffer.from(/base64,([^"]*)"/.exec(svg)![1], 'base64');
  expect(reds(decodePng(png, 'cell'))).toEqual([0, 51, 102, 153, 204, 255]);
  expect(svg).toMatch(/^<image x="5" y="6" width="30" height="20" /);
});
