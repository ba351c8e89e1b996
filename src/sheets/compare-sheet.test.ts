import { expect, test } from 'vitest';
import type { RgbaPicture } from '../formats/png';
import { compareSheet } from './compare-sheet';
import { widthOf } from './lines';

const measure = () => 0.6;
const picture = (shade: number): RgbaPicture => ({
  width: 8,
  height: 8,
  data: new Uint8ClampedArray(8 * 8 * 4).fill(shade),
});
const LONG = 'a very long prompt about a castle on a hill behind a lake with many words that nobody reads to the end';
const TITLE = 'This run, best step 20, at strength 0.50, with a name that is long';

const svg = compareSheet(
  ['A: Base', TITLE],
  [
    {
      prompt: LONG,
      cells: [
        [picture(10), picture(20)],
        [picture(30), null],
      ],
    },
    { prompt: 'cat <face>', cells: [[picture(40), picture(50)], []] },
  ],
  'Seeds 1, 2',
  measure,
);
const texts = [...svg.matchAll(/<text x="([\d.]+)" y="([\d.]+)"[^>]*>([^<]*)</g)].map(([, x, y, text]) => ({
  x: Number(x),
  y: Number(y),
  text,
}));
const images = [...svg.matchAll(/<image x="([\d.]+)" y="([\d.]+)" width="([\d.]+)"/g)].map((m) =>
  m.slice(1).map(Number),
);

test('titles and prompts are there to their last word, in lines that do not leave the sheet', () => {
  const width = Number(/width="(\d+)"/.exec(svg)![1]);
  const all = texts.map(({ text }) => text).join(' ');
  for (const word of `${LONG} ${TITLE} &lt;face&gt; Seeds`.split(' ')) expect(all).toContain(word);
  for (const { x, text } of texts) {
    expect(x + widthOf(text.replaceAll('&lt;', '<'), { measure, size: 15 })).toBeLessThanOrEqual(width);
  }
});

test('a picture stands under its column’s title, in the row of its prompt; what was not drawn stays blank', () => {
  expect(images).toHaveLength(5);
  const second = texts.find(({ text }) => text.startsWith('This run'))!;
  const third = images[2];
  expect(third[0]).toBe(second.x);
  expect(images[0][1]).toBe(third[1]);
  const cat = texts.find(({ text }) => text.includes('face'))!;
  expect(images[3][1]).toBeGreaterThan(cat.y);
  expect(third[1] + third[2]).toBeLessThan(cat.y);
});
