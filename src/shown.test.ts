import { describe, expect, it } from 'vitest';
import { UserError } from './errors';
import { escapeText, showList, shown, shownAround, showValue } from './shown';

const length = (text: string) => new TextEncoder().encode(text).length;

describe('escapeText', () => {
  it.each([
    ['\u001b[31mred', '\\u001b[31mred'],
    ['one\ntwo\r\n\tthree', 'one\\ntwo\\r\\n\\tthree'],
    ['a\u0000b\u007fc\u009b', 'a\\u0000b\\u007fc\\u009b'],
    ['line\u2028paragraph\u2029', 'line\\u2028paragraph\\u2029'],
    ['\u202egnp.\u2066x\u200f', '\\u202egnp.\\u2066x\\u200f'],
    ['half \ud83d of a face', 'half \\ud83d of a face'],
    ['\u{e0041}\ufeff', '\\u{e0041}\\ufeff'],
    ['Übergröße 你好 👩‍🎨 "\\"', 'Übergröße 你好 👩‍🎨 "\\"'],
  ])('%j', (text, expected) => {
    expect(escapeText(text)).toBe(expected);
  });
});

describe('shown', () => {
  it('leaves what is short as it is', () => {
    expect(shown('transformer.x_embedder.weight')).toBe('transformer.x_embedder.weight');
  });

  it('takes out the middle of what is long', () => {
    expect(shown('abcdefghij', 5)).toBe('ab…ij');
    expect(shown(`begin${'x'.repeat(200_000)}end`, 21)).toBe('beginxxxxx…xxxxxxxend');
  });

  it('never exceeds its length, by escapes neither, and cuts no character in two', () => {
    for (const text of ['\u001b'.repeat(80), '👩'.repeat(60), `${'a'.repeat(39)}👩${'b'.repeat(100)}`]) {
      const result = shown(text);
      expect(result.length).toBeLessThanOrEqual(80);
      expect(result).toBe(escapeText(result));
    }
  });
});

describe('showValue', () => {
  it.each([
    ['8', '"8"'],
    [2.5, '2.5'],
    [Number.POSITIVE_INFINITY, 'Infinity'],
    [null, 'null'],
    [true, 'true'],
    [[], '[]'],
    [[4, 0], '[4,0]'],
    [[[1]], 'a list of 1'],
    [Array(300).fill(1), 'a list of 300'],
    [{ clip: 0 }, '{"clip":0}'],
    [{ a: {} }, 'an object'],
    ['\n'.repeat(100), `"${'\\n'.repeat(14)}…${'\\n'.repeat(14)}"`],
  ])('%j', (value, expected) => {
    expect(showValue(value)).toBe(expected);
  });

  it('does not follow nesting', () => {
    let deep: unknown = 1;
    for (let i = 0; i < 100_000; i++) deep = [deep];
    expect(showValue(deep)).toBe('a list of 1');
    expect(showValue({ a: deep })).toBe('an object');
  });
});

it('showList names a few', () => {
  expect(showList(['a', 'b'])).toBe('a, b');
  expect(showList(['a', 'b', 'c', 'd'], 2)).toBe('a, b and 2 more');
});

describe('UserError', () => {
  it('is one short line, whatever goes into it', () => {
    const parts = ['\u001b[2J\n', 'x'.repeat(200_000), 'word '.repeat(50_000), '你'.repeat(500), '\ud800'.repeat(999)];
    for (const part of parts) {
      const { message } = new UserError(`run.json: "prompts" is ${part}, expected a list.`);
      expect(length(message)).toBeLessThanOrEqual(380);
      expect(message).toBe(escapeText(message));
      expect(message.startsWith('run.json: "prompts" is ')).toBe(true);
      expect(message.endsWith(', expected a list.')).toBe(true);
    }
  });

  it('keeps what is short enough', () => {
    const sentence = `${'word '.repeat(75)}end.`;
    expect(new UserError(sentence).message).toBe(sentence);
  });
});

it('shownAround shows a few words on both sides of a mark', () => {
  expect(shownAround('one two', 4, '|')).toBe('one |two');
  const long = shownAround(`${'word '.repeat(9999)}end`, 25_000, '|');
  expect(long).toMatch(/^….{96}\|.{64}…$/);
  expect(shownAround(`${'你'.repeat(500)}\n`, 250, '|')).toBe(`…${'你'.repeat(32)}|${'你'.repeat(21)}…`);
  expect(shownAround('\u001b\n', 1, '|')).toBe('\\u001b|\\n');
});
