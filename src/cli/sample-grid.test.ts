import { expect, it } from 'vitest';
import { textWidth } from './bitmap-font';
import { Canvas, type Colour, palette, scaledTo } from './canvas';
import { drawSampleGrid } from './sample-grid';
import { findPicture } from './testing/find-picture';

/** A picture of noise that no other seed gives. */
function noise(seed: number, width = 4, height = 3) {
  const data = Float32Array.from(
    { length: width * height * 3 },
    (_, i) => (Math.sin(seed * 97 + i * 12.9898) * 43758.5) % 1,
  ).map(Math.abs);
  return { width, height, data };
}

/** A text as sheets write it. */
function written(text: string, colour: Colour): Canvas {
  const canvas = new Canvas(textWidth(text, 2), 18, palette.panel);
  canvas.text(text, 0, 0, 2, colour);
  return canvas;
}

it('holds exactly the pixels of each picture, its label at the left of its row and its caption above its column', () => {
  const rows = ['step 0', 'step 40'].map((label, row) => ({
    label,
    pictures: [0, 1, 2].map((i) => noise(10 * row + i)),
  }));
  const captions = ['cat face', 'red apple', 'violin'];
  const sheet = drawSampleGrid(rows, captions);
  expect([sheet.width, sheet.height]).toEqual([
    24 + textWidth('step 40', 2) + 24 + 3 * (192 + 12) - 12 + 24,
    24 + 24 + 2 * (144 + 12) - 12 + 24,
  ]);
  const places = rows.map((row) => row.pictures.map((picture) => findPicture(sheet, scaledTo(picture, 192))));
  const x = 24 + textWidth('step 40', 2) + 24;
  expect(places).toEqual([48, 204].map((y) => [0, 1, 2].map((i) => [[x + 204 * i, y]])));
  captions.forEach((caption, i) => {
    expect(findPicture(sheet, written(caption, palette.text))).toEqual([[x + 204 * i, 24]]);
  });
  rows.forEach(({ label }, row) => {
    const [[left, top]] = findPicture(sheet, written(label, palette.dim));
    expect(left).toBe(24);
    expect(top).toBe(48 + 156 * row + 72 - 7);
  });
});

it('leaves its edge blank', () => {
  const { width, height, data } = drawSampleGrid(
    [{ label: 'step 0', pictures: Array.from({ length: 9 }, (_, i) => noise(i, 2, 2)) }],
    Array.from({ length: 9 }, () => 'a prompt that is far too long for the column that it stands above'),
  );
  for (let pixel = 0; pixel < width * height; pixel++) {
    const [x, y] = [pixel % width, Math.floor(pixel / width)];
    const isEdge = Math.min(x, y, width - 1 - x, height - 1 - y) < 22;
    if (isEdge && data[4 * pixel] !== 255) expect.fail(`something is drawn at ${x}, ${y}`);
  }
});

it('begins all rows again below after eight columns, with their captions and labels', () => {
  const pictures = Array.from({ length: 10 }, (_, i) => noise(i));
  const captions = pictures.map((_, i) => `prompt ${i}`);
  const sheet = drawSampleGrid([{ label: 'base', pictures }], captions);
  expect(sheet.width).toBe(24 + textWidth('base', 2) + 24 + 8 * 204 - 12 + 24);
  const places = pictures.map((picture) => findPicture(sheet, scaledTo(picture, 192)));
  expect(places.map((at) => at.length)).toEqual(Array(10).fill(1));
  expect(new Set(places.slice(0, 8).map(([[, y]]) => y)).size).toBe(1);
  expect(places[8][0][0]).toBe(places[0][0][0]);
  expect(places[9][0][0]).toBe(places[1][0][0]);
  expect(places[8][0][1]).toBeGreaterThan(places[0][0][1] + 144);
  expect(sheet.height).toBe(places[9][0][1] + 144 + 24);
  expect(findPicture(sheet, written('prompt 9', palette.text))).toEqual([[places[9][0][0], places[9][0][1] - 24]]);
  expect(findPicture(sheet, written('base', palette.dim))).toHaveLength(2);
});

it('wraps long captions onto two lines and marks what is cut', () => {
  const sheet = drawSampleGrid([{ label: '', pictures: [noise(1, 128, 128)] }], ['a very old glossy red rocket']);
  const [[left, top]] = findPicture(sheet, written('a very old', palette.text));
  expect([left, top]).toEqual([24, 24]);
  expect(findPicture(sheet, written('glossy red…', palette.text))).toEqual([[24, 48]]);
  expect(findPicture(sheet, scaledTo(noise(1, 128, 128), 192))).toEqual([[24, 72]]);
});
