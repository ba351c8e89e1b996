import { expect, it } from 'vitest';
import { cutText, GLYPH_HEIGHT, glyphsOf, textWidth, wrapText } from './bitmap-font';

const drawn = (text: string) =>
  glyphsOf(text).map(({ rows }) => rows.map((row) => row.map(Number).join('')).join('\n'));
const box = drawn('□')[0];

it('has a sign of its own for all of ASCII and for the signs of the formulas', () => {
  const ascii = String.fromCharCode(...Array.from({ length: 95 }, (_, i) => 32 + i));
  const signs = [...`${ascii}σκγΔ→✕…₊`];
  const shapes = drawn(signs.join(''));
  expect(new Set(shapes).size).toBe(signs.length);
  expect(shapes).not.toContain(box);
  expect(drawn('−·₋–“”')).not.toContain(box);
  for (const { width, rows } of glyphsOf(signs.join(''))) {
    expect(rows.map((row) => row.length)).toEqual(Array(GLYPH_HEIGHT).fill(width));
  }
});

it('gives all digits one width, drops accents, and shows other signs as a box', () => {
  expect(new Set(glyphsOf('0123456789').map(({ width }) => width))).toEqual(new Set([5]));
  expect(drawn('naïve\n’')).toEqual(drawn("naive '"));
  expect(drawn('猫')).toEqual([box]);
});

it('measures text: signs and one pixel between two', () => {
  expect(textWidth('', 2)).toBe(0);
  expect(textWidth('11', 3)).toBe(33);
  expect(textWidth('i', 1)).toBe(1);
});

it('cuts a text that is too wide and marks it', () => {
  const width = textWidth('red ap…', 2);
  expect(cutText('red apple', textWidth('red apple', 2), 2)).toBe('red apple');
  expect(cutText('red apple', width, 2)).toBe('red ap…');
  expect(cutText('red apple', textWidth('red …', 2), 2)).toBe('red…');
  expect(cutText('red apple', 1, 2)).toBe('');
});

it('wraps at spaces and cuts the last line, and words wider than a line', () => {
  const width = textWidth('glossy red', 1);
  expect(wrapText('a glossy red fox', width, 1, 3)).toEqual(['a glossy', 'red fox']);
  expect(wrapText('glossy red rocket flies', width, 1, 2)).toEqual(['glossy red', 'rocket fli…']);
  expect(wrapText('incomprehensibilities so', width, 1, 2)).toEqual([expect.stringMatching(/^incomp.*…$/), 'so']);
  expect(wrapText('  ', width, 1, 2)).toEqual([]);
});
