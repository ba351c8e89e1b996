import { describe, expect, it } from 'vitest';
import { Canvas, type Colour, type Point, scaledTo } from './canvas';

const white: Colour = [255, 255, 255];
const black: Colour = [0, 0, 0];

/** Red of each pixel, row by row: white is '.', black is '#', all between '+'. */
function art({ width, height, data }: Canvas): string[] {
  return Array.from({ length: height }, (_, y) =>
    Array.from({ length: width }, (_, x) => {
      const red = data[(y * width + x) * 4];
      return red === 255 ? '.' : red === 0 ? '#' : '+';
    }).join(''),
  );
}

describe('Canvas', () => {
  it('fills rectangles, and nothing outside the canvas', () => {
    const canvas = new Canvas(5, 3, white);
    canvas.fillRect(3, 1, 9, 1, black);
    canvas.fillRect(-4, 2, 5, 7, black);
    expect(art(canvas)).toEqual(['.....', '...##', '#....']);
    canvas.frame(2, 0, 1, 1, 1, [0, 0, 0, 0.5]);
    expect(art(canvas)).toEqual(['.+.+.', '.++##', '#....']);
    expect([...canvas.data.subarray(4, 8)]).toEqual([128, 128, 128, 255]);
  });

  it('lays a picture over the ground by its alpha, pixel for pixel, cut off at the edges', () => {
    const canvas = new Canvas(3, 2, white);
    const data = Uint8ClampedArray.of(9, 8, 7, 255, 1, 1, 1, 255, 5, 5, 5, 51, 2, 2, 2, 255);
    canvas.picture({ width: 2, height: 2, data }, 2, 0);
    expect([...canvas.data.subarray(8, 12)]).toEqual([9, 8, 7, 255]);
    expect([...canvas.data.subarray(20, 24)]).toEqual([205, 205, 205, 255]);
    expect(art(canvas)).toEqual(['..+', '..+']);
  });

  it('draws lines of a width and dashes of a length that go on around corners', () => {
    const canvas = new Canvas(14, 5, white);
    canvas.polyline(
      [2, 12].map((x): Point => [x, 2.5]),
      { colour: black },
    );
    const blank = '.'.repeat(14);
    expect(art(canvas)).toEqual([blank, blank, '.+##########+.', blank, blank]);
    const dashed = new Canvas(14, 1, white);
    dashed.polyline(
      [0.5, 4.5, 13.5].map((x): Point => [x, 0.5]),
      { colour: black, dash: [3, 3] },
    );
    expect(art(dashed)).toEqual(['####..####..##']);
  });

  it('softens slanted edges and covers a place once, where the line comes back too', () => {
    const canvas = new Canvas(9, 9, white);
    canvas.polyline(
      [0, 9, 0].map((x): Point => [x, x]),
      { colour: [0, 0, 0, 0.5], width: 2 },
    );
    const red = (x: number, y: number) => canvas.data[(y * 9 + x) * 4];
    expect([red(0, 0), red(4, 4), red(8, 8)]).toEqual([128, 128, 128]);
    // √½ from the middle of the line, whose half width is 1; and 3·√½.
    expect(red(5, 4)).toBe(Math.round(255 - 127.5 * (1.5 - Math.SQRT1_2)));
    expect(red(7, 4)).toBe(255);
  });

  it('draws nothing of what lies outside or is no number', () => {
    const canvas = new Canvas(9, 9, white);
    canvas.polyline(
      [
        [0, 0],
        [4, Number.NaN],
        [9, 9],
      ],
      { colour: black },
    );
    canvas.polyline(
      [
        [-50, -5],
        [60, -5],
      ],
      { colour: black, width: 3 },
    );
    canvas.text('outside', 20, 0, 2, black);
    canvas.text('outside', -200, 0, 2, black);
    expect(art(canvas).join('')).toBe('.'.repeat(81));
  });

  it('writes text at whole scales, aligned at its left, middle or right', () => {
    const lo = [
      '#..........',
      '#..........',
      '#......###.',
      '#.....#...#',
      '#.....#...#',
      '#.....#...#',
      '#####..###.',
      '...........',
      '...........',
    ];
    const write = (...at: [x: number, scale: number, align?: 'left' | 'centre' | 'right']) => {
      const canvas = new Canvas(at[1] * 13, at[1] * 9, white);
      canvas.text('Lo', at[0], 0, at[1], black, at[2]);
      return art(canvas);
    };
    const placed = lo.map((row) => `.${row}.`);
    expect(write(1, 1)).toEqual(placed);
    expect(write(12, 1, 'right')).toEqual(placed);
    expect(write(6.5, 1, 'centre')).toEqual(placed);
    const doubled = (rows: string[]) => rows.flatMap((row) => Array(2).fill(row.replace(/./g, '$&$&')));
    expect(write(2, 2)).toEqual(doubled(placed));
  });
});

describe('scaledTo', () => {
  const floats = (width: number, height: number, red: number[]) => ({
    width,
    height,
    data: Float32Array.from(red.flatMap((value) => [value, 0, 1])),
  });
  const reds = ({ data }: { data: Uint8ClampedArray }) => [...data.filter((_, i) => i % 4 === 0)];

  it('makes small pictures larger in whole blocks', () => {
    const scaled = scaledTo(floats(2, 1, [0, 1]), 7);
    expect([scaled.width, scaled.height]).toEqual([6, 3]);
    expect(reds(scaled)).toEqual(Array(3).fill([0, 0, 0, 255, 255, 255]).flat());
    expect([...scaled.data.subarray(0, 4)]).toEqual([0, 0, 255, 255]);
  });

  it('makes large pictures smaller as means of whole blocks, never smaller than a pixel', () => {
    const scaled = scaledTo(floats(5, 2, [0, 1, 0, 0, 9, 1, 0, 0, 0, 9]), 2);
    expect([scaled.width, scaled.height]).toEqual([1, 1]);
    expect(reds(scaled)).toEqual([Math.round((2 / 6) * 255)]);
    const halved = scaledTo(floats(4, 2, [0, 1, 0, 0, 1, 0, 0, 0]), 2);
    expect([halved.width, halved.height]).toEqual([2, 1]);
    expect(reds(halved)).toEqual([128, 0]);
  });

  it('leaves a picture of that size as it is, of either kind', () => {
    const same = scaledTo(floats(2, 2, [0, 1, 0.5, 2]), 3);
    expect(reds(same)).toEqual([0, 255, 128, 255]);
    expect(scaledTo(same, 2)).toEqual(same);
  });
});
