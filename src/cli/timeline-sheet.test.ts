import { describe, expect, it } from 'vitest';
import type { TimelineColumn } from '../align/timeline';
import type { RgbaPicture } from '../formats/png';
import { textWidth } from './bitmap-font';
import { Canvas, type Colour, palette, scaledTo } from './canvas';
import { findPicture } from './testing/find-picture';
import { drawTimelineSheet, type TimelineSheet } from './timeline-sheet';

function noise(seed: number, width = 16, height = 8) {
  const data = Float32Array.from({ length: width * height * 3 }, (_, i) =>
    Math.abs((Math.sin(seed * 97 + i * 12.9898) * 43758.5) % 1),
  );
  return { width, height, data };
}

const sigmas = [0.98, 0.9, 0.8, 0.7, 0.4, 0.1];

const column = (sigma: number, i: number): TimelineColumn => ({
  sigma,
  sigmaRecovered: sigma - 0.03,
  gamma: -0.3,
  kappa: 0.2,
  reward: 0.1 + 0.02 * i,
  penalty: -0.1 + 0.01 * i,
  rewardOneStep: 0.2 - 0.05 * i,
  penaltyOneStep: 0.05,
  injected: noise(10 + i),
  recovered: noise(20 + i),
  oneStep: noise(30 + i),
});

const sheetOf = (changed: Partial<TimelineSheet> = {}): TimelineSheet => ({
  prompt: 'cat face',
  clean: noise(1),
  columns: sigmas.map(column),
  sigmaMin: 0.7,
  sigmaMax: 0.9,
  todaySigma: 0.8,
  positive: '3d render',
  negative: 'pencil sketch, flat design',
  step: 18,
  ...changed,
});

/** A text as the sheet writes it. */
function written(text: string, colour: Colour, scale = 2): Canvas {
  const canvas = new Canvas(textWidth(text, scale), 9 * scale, palette.panel);
  canvas.text(text, 0, 0, scale, colour);
  return canvas;
}

/** How often each colour occurs in a column of pixels. */
function count(
  { width, data }: RgbaPicture,
  [red, green, blue]: Colour,
  x: number,
  top: number,
  bottom: number,
): number {
  let n = 0;
  for (let y = top; y < bottom; y++) {
    const at = (y * width + x) * 4;
    if (data[at] === red && data[at + 1] === green && data[at + 2] === blue) n++;
  }
  return n;
}

describe('drawTimelineSheet', () => {
  const sheet = drawTimelineSheet(sheetOf());
  const places = (['injected', 'recovered', 'oneStep'] as const).map((key) =>
    sigmas.map((sigma, i) => findPicture(sheet, scaledTo(column(sigma, i)[key], 128))),
  );
  const centres = places[0].map(([[x]]) => x + 64);
  const zeroes = findPicture(sheet, written('0', palette.dim));
  const zero = zeroes.find(([x]) => x === centres[0] - 70 - 12 - 10)![1] + 6;
  const [trained] = findPicture(sheet, written('trained interval σ 0.70–0.90', palette.accent));
  const [plotTop, plotBottom] = [trained[1] + 24, trained[1] + 24 + 220];

  it('holds exactly the pixels of every picture, in rows and in equally wide columns', () => {
    for (const row of places) {
      expect(row.map((at) => at.length)).toEqual(sigmas.map(() => 1));
      expect(new Set(row.map(([[, y]]) => y)).size).toBe(1);
      expect(row.map(([[x]]) => x)).toEqual(places[0].map(([[x]]) => x));
    }
    expect(places[1][0][0][1] - places[0][0][0][1]).toBe(64 + 12);
    expect(places[2][0][0][1] - places[1][0][0][1]).toBe(64 + 12);
    expect(centres.slice(1).map((x, i) => x - centres[i])).toEqual(Array(5).fill(140));
    expect([sheet.width, sheet.height]).toEqual([centres[5] + 70 + 24, places[2][0][0][1] + 64 + 24]);
    expect(findPicture(sheet, scaledTo(noise(1), 128))).toEqual([[24, 24]]);
  });

  it('names prompt, words, step, rows, columns and curves', () => {
    const texts: [string, Colour, number?][] = [
      ['cat face', palette.text, 3],
      ['one alignment step, seen at every noise level, after update 18', palette.dim],
      ['+ more of “3d render”', palette.positive],
      ['− less of “pencil sketch, flat design”', palette.negative],
      ['Injected', palette.text],
      ['Direct-Align', palette.text],
      ['One step', palette.text],
      ['reward f·(1+κ)C₊, Direct-Align', palette.text],
      ['penalty f·C₋, Direct-Align', palette.text],
      ['reward, one step', palette.text],
      ['penalty, one step', palette.text],
      ['this step σ 0.80', palette.accent],
      ['0.1', palette.dim],
      ['−0.1', palette.dim],
    ];
    for (const text of texts) expect(findPicture(sheet, written(...text)), text[0]).not.toEqual([]);
    for (const [i, sigma] of sigmas.entries()) {
      const at = findPicture(sheet, written(sigma.toFixed(2), sigma === 0.8 ? palette.accent : palette.text));
      expect(
        at.filter(([x, y]) => Math.abs(x + textWidth('0.98', 2) / 2 - centres[i]) <= 1 && y > plotBottom),
        `${sigma}`,
      ).toHaveLength(1);
    }
  });

  it('draws this step and frames its column, the trained interval, and the zero line', () => {
    expect(count(sheet, palette.accent, centres[2], plotTop, plotBottom)).toBeGreaterThan(140);
    const framed = places.map((row) => row.map(([[x, y]]) => count(sheet, palette.accent, x - 3, y, y + 64)));
    expect(framed).toEqual(Array(3).fill([0, 0, 64, 0, 0, 0]));
    const shade: Colour = [255 - 189 * 0.08, 255 - 175 * 0.08, 255 - 47 * 0.08].map(Math.round) as unknown as Colour;
    const shaded = [0.5, 1.5, 2.5, 3.5].map(
      (i) => count(sheet, shade, centres[0] + 140 * i, plotTop, plotBottom) > 100,
    );
    expect(shaded).toEqual([false, true, true, false]);
    expect(trained[0]).toBe(centres[1]);
    expect(count(sheet, palette.dim, centres[0] - 69, zero, zero + 2)).toBe(2);
  });

  it('draws Direct-Align throughout and one step in dashes', () => {
    // Two levels that no other line crosses, from the first column to the last.
    const flat = (reward: number, rewardOneStep: number) =>
      drawTimelineSheet(
        sheetOf({
          columns: sigmas.map((s, i) => ({ ...column(s, i), reward, rewardOneStep, penalty: 0, penaltyOneStep: 0 })),
          todaySigma: null,
        }),
      );
    const inked = (drawn: RgbaPicture) => {
      let n = 0;
      for (let x = centres[3]; x < centres[5]; x++)
        n += Number(count(drawn, palette.positive, x, plotTop, plotBottom) > 0);
      return n / (centres[5] - centres[3]);
    };
    expect(inked(flat(1, Number.NaN))).toBe(1);
    expect(inked(flat(Number.NaN, 1))).toBeGreaterThan(0.4);
    expect(inked(flat(Number.NaN, 1))).toBeLessThan(0.8);
  });

  it('draws nothing in its edge', () => {
    const long = 'incomprehensibilities '.repeat(20);
    const { width, height, data } = drawTimelineSheet(sheetOf({ prompt: long, positive: long, negative: long }));
    for (let pixel = 0; pixel < width * height; pixel++) {
      const [x, y] = [pixel % width, Math.floor(pixel / width)];
      if (Math.min(x, y, width - 1 - x, height - 1 - y) < 20 && data[4 * pixel] !== 255)
        expect.fail(`something is drawn at ${x}, ${y}`);
    }
  });

  it('takes one column, large and upright pictures, an interval outside, no update, and values that are all zero', () => {
    const one = {
      ...column(0.5, 0),
      injected: noise(5, 130, 300),
      reward: 0,
      penalty: 0,
      rewardOneStep: 0,
      penaltyOneStep: 0,
    };
    const drawn = drawTimelineSheet(
      sheetOf({ columns: [one], todaySigma: null, step: 0, sigmaMin: 0.7, sigmaMax: 0.9 }),
    );
    expect(findPicture(drawn, scaledTo(one.injected, 128))).toHaveLength(1);
    expect(
      findPicture(drawn, written('one alignment step, seen at every noise level, before training', palette.dim)),
    ).toHaveLength(1);
  });
});
