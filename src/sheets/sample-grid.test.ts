import { expect, it } from 'vitest';
import { measure, renderPng } from '../cli/render-svg';
import { decodePng, type RgbaPicture, upscaleNearest } from '../formats/png';
import { findPicture } from './find-picture';
import { rgbaOf } from './rgba';
import { sampleGrid } from './sample-grid';

/** A picture of noise that no other seed gives. */
function noise(seed: number, width = 32, height = 24) {
  const data = Float32Array.from(
    { length: width * height * 3 },
    (_, i) => (Math.sin(seed * 97 + i * 12.9898) * 43758.5) % 1,
  ).map(Math.abs);
  return { width, height, data };
}

const draw = (...args: [Parameters<typeof sampleGrid>[0], readonly string[]]) => {
  const svg = sampleGrid(...args, measure);
  return { svg, sheet: decodePng(renderPng(svg), 'sheet') };
};
/** The lines of text in the order in which they are drawn. */
const textsOf = (svg: string) => [...svg.matchAll(/<text [^>]*>([^<]*)</g)].map(([, text]) => text);
/** Where the sheet holds a picture of 32 × 24 pixels, which is 192 units wide, 12 pixels a pixel. */
const placesOf = (sheet: RgbaPicture, seed: number) => findPicture(sheet, upscaleNearest(rgbaOf(noise(seed)), 12));

it('holds exactly the pixels of each picture, in rows and columns, with labels and captions', () => {
  const rows = ['step 0', 'step 40'].map((label, row) => ({
    label,
    pictures: [0, 1, 2].map((i) => noise(10 * row + i)),
  }));
  const { svg, sheet } = draw(rows, ['cat face', 'red apple', 'violin']);
  expect(textsOf(svg)).toEqual(['cat face', 'red apple', 'violin', 'step 0', 'step 40']);
  const [first, second] = rows.map((_, row) => [0, 1, 2].map((i) => placesOf(sheet, 10 * row + i)));
  expect([...first, ...second].map((at) => at.length)).toEqual(Array(6).fill(1));
  const [[[left, top]]] = first;
  const pitch = 2 * (192 + 12);
  expect(first.flat()).toEqual([0, 1, 2].map((i) => [left + i * pitch, top]));
  expect(second.flat()).toEqual([0, 1, 2].map((i) => [left + i * pitch, top + 2 * (144 + 12)]));
  expect([sheet.width, sheet.height]).toEqual([left + 3 * pitch - 24 + 48, top + 4 * (144 + 12) - 24 + 48]);
});

it('leaves its edge blank, whatever the captions and labels', () => {
  const long = 'a prompt that is far too long for the column that it stands above '.repeat(9);
  const captions = [long, 'incomprehensibilities'.repeat(20), '猫'.repeat(400), '', '\u001b<&>', 'قطة', 'x', 'y', 'z'];
  const pictures = captions.map((_, i) => noise(i, 2, 2));
  const { sheet } = draw([{ label: 'a label of many words '.repeat(9), pictures }], captions);
  const { width, height, data } = sheet;
  for (let pixel = 0; pixel < width * height; pixel++) {
    const [x, y] = [pixel % width, Math.floor(pixel / width)];
    const isEdge = Math.min(x, y, width - 1 - x, height - 1 - y) < 40;
    if (isEdge && data[4 * pixel] !== 255) expect.fail(`something is drawn at ${x}, ${y}`);
  }
});

it('begins all rows again below after eight columns, with their captions and labels', () => {
  const pictures = Array.from({ length: 10 }, (_, i) => noise(i));
  const captions = pictures.map((_, i) => `prompt ${i}`);
  const { svg, sheet } = draw([{ label: 'base', pictures }], captions);
  const places = pictures.map((_, i) => placesOf(sheet, i)[0]);
  expect(new Set(places.slice(0, 8).map(([, y]) => y)).size).toBe(1);
  expect([places[8][0], places[9][0]]).toEqual([places[0][0], places[1][0]]);
  expect(places[8][1]).toBeGreaterThan(places[0][1] + 2 * 144);
  expect(places[9][1]).toBe(places[8][1]);
  expect(textsOf(svg)).toEqual([...captions.slice(0, 8), 'base', 'prompt 8', 'prompt 9', 'base']);
});

it('wraps long captions, stands the short ones close to their pictures, and says nothing where there is no label', () => {
  const { svg } = draw(
    [{ label: '', pictures: [noise(1), noise(2)] }],
    ['a very old glossy red rocket on the moon', 'owl'],
  );
  const texts = [...svg.matchAll(/<text x="([\d.]+)" y="([\d.]+)"[^>]*>([^<]*)</g)];
  const first = texts.slice(0, -1).map(([, , , text]) => text);
  expect(first.length).toBeGreaterThan(1);
  expect(first.join(' ')).toBe('a very old glossy red rocket on the moon');
  const [last, owl] = texts.slice(-2);
  expect(owl[3]).toBe('owl');
  expect(owl[2]).toBe(last[2]);
  expect(texts[0][1]).toBe('24');
});

it('is the same picture every time', () => {
  const once = () =>
    renderPng(sampleGrid([{ label: 'step 0', pictures: [noise(1)] }], ['κόσμος, приклад, قطة'], measure));
  expect(once()).toEqual(once());
});
