import { describe, expect, it } from 'vitest';
import type { FloatPicture } from '../align/picture';
import type { TimelineColumn } from '../align/timeline';
import { measure, renderPng } from '../cli/render-svg';
import { decodePng, upscaleNearest } from '../formats/png';
import { findPicture } from './find-picture';
import { rgbaOf } from './rgba';
import { COLOURS } from './theme';
import { type TimelineSheet, timelineSheet } from './timeline-sheet';

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
  sees: 'recovery',
  form: 'relative',
  active: [0.85, 0.75],
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
const svgOf = (changed: Partial<TimelineSheet> = {}) => timelineSheet(sheetOf(changed), measure);
const drawn = (svg: string) => decodePng(renderPng(svg), 'sheet');

const textsOf = (svg: string): Record<string, string>[] =>
  [...svg.matchAll(/<text ([^>]*)>([^<]*)</g)].map(([, a, text]) => ({ ...attributes(a), text }));
const attributes = (list: string): Record<string, string> =>
  Object.fromEntries([...list.matchAll(/([\w:-]+)="([^"]*)"/g)].map(([, key, value]) => [key, value]));
const elements = (svg: string, name: string) =>
  [...svg.matchAll(new RegExp(`<${name} ([^>]*?)/?>`, 'g'))].map(([, list]) => attributes(list));

describe('the timeline sheet', () => {
  const svg = svgOf();
  const sheet = drawn(svg);
  // 16 × 8 pixels are 128 units wide, 16 pixels a pixel.
  const placeOf = (picture: FloatPicture) => findPicture(sheet, upscaleNearest(rgbaOf(picture), 16));
  const places = (['injected', 'recovered', 'oneStep'] as const).map((key) =>
    sigmas.map((sigma, i) => placeOf(column(sigma, i)[key]!)),
  );
  const centres = places[0].map(([[x]]) => x + 128);
  const texts = textsOf(svg);
  const find = (text: string) => texts.find((t) => t.text === text)!;

  it('holds exactly the pixels of every picture, in rows and in equally wide columns', () => {
    for (const row of places) {
      expect(row.map((at) => at.length)).toEqual(sigmas.map(() => 1));
      expect(new Set(row.map(([[, y]]) => y)).size).toBe(1);
      expect(row.map(([[x]]) => x)).toEqual(places[0].map(([[x]]) => x));
    }
    expect(places[1][0][0][1] - places[0][0][0][1]).toBe(2 * (64 + 12));
    expect(places[2][0][0][1] - places[1][0][0][1]).toBe(2 * (64 + 12));
    expect(centres.slice(1).map((x, i) => x - centres[i])).toEqual(Array(5).fill(280));
    expect([sheet.width, sheet.height]).toEqual([centres[5] + 140 + 48, places[2][0][0][1] + 128 + 48]);
    expect(placeOf(noise(1))).toEqual([[48, 48]]);
  });

  it('names prompt, words, step, rows, columns and curves', () => {
    for (const text of [
      'cat face',
      'one alignment step, seen at every noise level, after update 18',
      '+ more of “3d render”',
      '− less of “pencil sketch, flat design”',
      ...['Injected', 'Direct-Align', 'One step', 'clean', 'noise level σ', 'value', '0', '0.1', '−0.1'],
      'reward f·(1+κ)C₊, Direct-Align',
      'penalty f·C₋, Direct-Align',
      'reward, one step',
      'penalty, one step',
      'trained interval σ 0.70–0.90',
      'this step σ 0.80',
    ]) {
      expect(find(text), text).toBeDefined();
    }
    for (const [i, sigma] of sigmas.entries()) expect(2 * Number(find(sigma.toFixed(2)).x)).toBe(centres[i]);
  });

  it('draws this step and frames its column, and shades the trained interval', () => {
    const at = centres.map((x) => x / 2);
    const framed = elements(svg, 'rect').filter(({ stroke }) => stroke === COLOURS.accent);
    expect(framed.map(({ x }) => Number(x) + 2 + 64)).toEqual([at[2], at[2], at[2]]);
    const [interval] = elements(svg, 'rect').filter(({ opacity }) => opacity === '0.08');
    expect([Number(interval.x), Number(interval.width)]).toEqual([at[1], at[3] - at[1]]);
    const thick = elements(svg, 'line').find((line) => line['stroke-width'] === '2.5')!;
    expect([thick.x1, thick.x2]).toEqual([String(at[2]), String(at[2])]);
    expect(find('0.80')).toMatchObject({ fill: COLOURS.accent, 'font-weight': '700' });
    expect(find('0.90').fill).toBe(COLOURS.text);
  });

  it('draws each curve through its values, Direct-Align throughout and one step in dashes', () => {
    const curves = elements(svg, 'path').filter(({ d, fill }) => fill === 'none' && d.split('L').length === 6);
    expect(curves.map((c) => [c.stroke, 'stroke-dasharray' in c])).toEqual([
      [COLOURS.negative, true],
      [COLOURS.positive, true],
      [COLOURS.negative, false],
      [COLOURS.positive, false],
    ]);
    // The values rise as the pixels fall: 0.1 … 0.2 is as high as the axis says.
    const ys = curves[3].d.match(/[\d.]+(?=L|$)/g)!.map(Number);
    const axis = (text: string) => Number(find(text).y) - 15 * 0.36;
    const unit = (axis('0') - axis('0.1')) / 0.1;
    for (const [i, y] of ys.entries()) expect(y).toBeCloseTo(axis('0') - unit * (0.1 + 0.02 * i), 1);
  });

  it('marks where the gradient went, and says so where there was no update', () => {
    const marks = elements(svg, 'path').filter(({ d, fill }) => fill === COLOURS.accent && d.endsWith('z'));
    const xs = marks.map(({ d }) => Number(d.match(/^M([\d.]+)/)![1]));
    const at = centres.map((x) => x / 2);
    // 0.85 and 0.75 lie half way between 0.9, 0.8 and 0.7.
    expect(xs).toEqual([(at[1] + at[2]) / 2, (at[2] + at[3]) / 2]);
    expect(textsOf(svgOf({ active: [], step: 0 })).map(({ text }) => text)).toContain('no update yet');
  });

  it('has the rows and curves of what the reward sees', () => {
    const bare = sigmas.map((sigma, i) => {
      const { recovered: _, ...rest } = { ...column(sigma, i), gamma: null, sigmaRecovered: null };
      return rest;
    });
    const untrained = { sigmaMin: null, sigmaMax: null, todaySigma: null };
    const finished = textsOf(svgOf({ sees: 'picture', columns: bare, ...untrained })).map(({ text }) => text);
    for (const text of ['One step', 'not scored', 'reward, finished picture', 'penalty, one step']) {
      expect(finished).toContain(text);
    }
    expect(finished.filter((text) => /Direct-Align|trained/.test(text))).toEqual([]);
    const alone = bare.map((c) => ({ ...c, penalty: null, penaltyOneStep: null }));
    const oneStep = svgOf({ sees: 'one-step', form: 'prompt', columns: alone, ...untrained });
    expect(textsOf(oneStep).filter(({ text }) => /(more|less) of/.test(text))).toEqual([]);
    expect(oneStep).not.toContain('NaN');
    expect(
      textsOf(oneStep)
        .filter(({ text }) => /^(reward|penalty),/.test(text))
        .map(({ text }) => text),
    ).toEqual(['reward, one step']);
  });

  it('draws nothing in its edge, however long prompt and words are', () => {
    const long = 'incomprehensibilities '.repeat(60);
    const { width, height, data } = drawn(svgOf({ prompt: long, positive: long, negative: long, sigmaMin: 0.02 }));
    for (let pixel = 0; pixel < width * height; pixel++) {
      const [x, y] = [pixel % width, Math.floor(pixel / width)];
      if (Math.min(x, y, width - 1 - x, height - 1 - y) < 40 && data[4 * pixel] !== 255)
        expect.fail(`something is drawn at ${x}, ${y}`);
    }
  });

  it('takes one column, large and upright pictures, an interval outside, no update, and values that are all zero', () => {
    const zero = { reward: 0, penalty: 0, rewardOneStep: 0, penaltyOneStep: 0 };
    const one = { ...column(0.5, 0), ...zero, injected: noise(5, 130, 300) };
    const alone = svgOf({ columns: [one], todaySigma: null, step: 0, sigmaMin: 0.7, sigmaMax: 0.9 });
    expect(alone).not.toContain('NaN');
    expect(textsOf(alone).map(({ text }) => text)).toContain(
      'one alignment step, seen at every noise level, before training',
    );
    const { width, height } = drawn(alone);
    expect(Math.min(width, height)).toBeGreaterThan(500);
  });
});
