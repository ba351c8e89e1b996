import { describe, expect, it } from 'vitest';
import { linesOf, widthOf } from './lines';

/** Every sign is 1 wide, capitals 2, bold ones twice that. */
const font = { size: 1, measure: (sign: string, bold: boolean) => (/[A-Z]/.test(sign) ? 2 : 1) * (bold ? 2 : 1) };

it('measures signs as readers count them', () => {
  expect(widthOf('aB', font)).toBe(3);
  expect(widthOf('aB', { ...font, bold: true, size: 10 })).toBe(60);
  // An accent and a family are one sign each.
  expect(widthOf('e\u0301👨‍👩‍👧', font)).toBe(2);
  expect(widthOf('\n', font)).toBe(2);
});

describe('lines', () => {
  const lines = (text: string, width: number, most = 9) => linesOf(text, width, font, most);

  it('breaks at blanks, as late as possible', () => {
    expect(lines('a very old glossy red rocket', 10)).toEqual(['a very old', 'glossy red', 'rocket']);
    expect(lines('  one \n\t line ', 10)).toEqual(['one line']);
    expect(lines('', 10)).toEqual(['']);
  });

  it('breaks a word that is too long, and text without blanks, anywhere', () => {
    expect(lines('red incomprehensible x', 8)).toEqual(['red', 'incompre', 'hensible', 'x']);
    expect(lines('红色的苹果在桌子上', 4)).toEqual(['红色的苹', '果在桌子', '上']);
  });

  it('marks what is left off, and never grows too wide by it', () => {
    expect(lines('a very old glossy red rocket', 10, 2)).toEqual(['a very old', 'glossy re…']);
    expect(lines('a very old glossy red rocket', 10, 1)).toEqual(['a very ol…']);
    expect(lines('aaaa bbbb cccc', 4, 2)).toEqual(['aaaa', 'bbb…']);
    expect(lines('exactly ten', 11, 1)).toEqual(['exactly ten']);
  });

  it('takes texts of any length and narrow columns', () => {
    expect(lines('word '.repeat(1e5), 9, 3)).toEqual(['word word', 'word word', 'word wor…']);
    expect(lines('AB', 1)).toEqual(['A', 'B']);
  });

  it('shows control characters as escapes', () => {
    expect(lines('a\u001b[1m', 40)).toEqual(['a\\u001b[1m']);
  });
});
