import { describe, expect, it } from 'vitest';
import { UserError } from '../errors';
import { parseJson, parseJsonObject } from './json';

describe('parseJson', () => {
  it.each([
    '1',
    '-0.5e-3',
    '"\\u00e9\\n\\"\\\\"',
    ' [ ] ',
    '{}',
    'null',
    '{"a":[1,{"b":true},[[]]],"c":"]}","d":{"a":{"a":0}}}',
    '[{"a":1},{"a":2}]',
    '{"":{"":""}}',
    '"\u2028 é 👩"',
  ])('reads %s as JSON.parse does', (text) => {
    expect(parseJson(text, 'a')).toEqual(JSON.parse(text));
    expect(parseJson(new TextEncoder().encode(`\ufeff${text}`), 'a')).toEqual(JSON.parse(text));
  });

  it.each([
    ['{"steps": 1,\n "steps": 3}', 'run.json names "steps" twice.'],
    ['{"a":[0,{"b":{"c":1,"\\u0063":2}}]}', 'run.json names "a.1.b.c" twice.'],
    ['{"__proto__":1,"__proto__":1}', 'run.json names "__proto__" twice.'],
    ['{"rollout":{"guidance":1e999}}', 'run.json: "rollout.guidance" is 1e999, which is too large for a number.'],
    ['[1,-1e400]', 'run.json: "1" is -1e400'],
    ['1e999', 'run.json holds 1e999'],
    [`[${'9'.repeat(2000)}]`, 'expected a number'],
    ['', 'run.json is not valid JSON: in line 1, column 1 it ends, expected a value.'],
    ['{"a":1,}', 'in line 1, column 8 it has }, expected a name in quotation marks.'],
    ['{"a":1\n"b":2}', 'in line 2, column 1 it has ", expected "," or "}".'],
    ['[1 2]', 'column 4 it has 2, expected "," or "]".'],
    ['{"a" 1}', 'expected ":"'],
    ["{'a':1}", 'expected a name in quotation marks'],
    ['[NaN]', 'it has N, expected a value'],
    ['[01]', 'it has 01, expected a number'],
    ['[1.]', 'it has 1., expected a number'],
    ['"a', 'column 3 it ends, expected the quotation mark'],
    ['"a\nb"', 'it has \\n, expected the quotation mark'],
    ['"\\x"', 'expected an escape'],
    ['"\\u12"', 'expected an escape'],
    ['1 2', 'expected the end of the file'],
    ['nul', 'expected a value'],
  ])('refuses %j', (text, sentence) => {
    const read = () => parseJson(text, 'run.json');
    expect(read).toThrow(UserError);
    expect(read).toThrow(sentence);
  });

  it('refuses whatever JSON.parse refuses, and reads what it reads', () => {
    const pieces = [
      '{',
      '}',
      '[',
      ']',
      ',',
      ':',
      '"a"',
      '"b"',
      '1',
      '-',
      '0',
      '.5',
      'e3',
      'true',
      ' ',
      '\n',
      '"',
      '\\',
    ];
    let state = 7;
    const random = (below: number) => {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      return Math.floor((state / 2 ** 32) * below);
    };
    let read = 0;
    for (let trial = 0; trial < 30_000; trial++) {
      const text = Array.from({ length: random(6) + 1 }, () => pieces[random(pieces.length)]).join('');
      let native: unknown;
      let isJson = true;
      try {
        native = JSON.parse(text);
      } catch {
        isJson = false;
      }
      try {
        expect(parseJson(text, 'a')).toEqual(native);
        read++;
      } catch (error) {
        if (!(error instanceof UserError)) throw error;
        expect(isJson && !/twice/.test(error.message), `${text} ${error.message}`).toBe(false);
      }
    }
    expect(read).toBeGreaterThan(1000);
  });

  it('bounds nesting', () => {
    const nested = (depth: number) => '['.repeat(depth) + ']'.repeat(depth);
    expect(() => parseJson(nested(100), 'a')).not.toThrow();
    for (const depth of [101, 100_000]) {
      expect(() => parseJson(nested(depth), 'a.json')).toThrow(
        'a.json nests lists and objects deeper than 100 levels.',
      );
      expect(() => parseJson('{"a":'.repeat(depth), 'a.json')).toThrow('deeper than 100 levels');
    }
  });

  it('keeps a key named __proto__ a key', () => {
    const value = parseJson('{"__proto__":{"x":1}}', 'a') as Record<string, unknown>;
    expect(value.x).toBeUndefined();
    expect(Object.keys(value)).toEqual(['__proto__']);
  });

  it('names the encoding', () => {
    expect(() => parseJson(Uint8Array.of(0x22, 0xe9, 0x22), 'run.json')).toThrow('run.json is not UTF-8 (byte 0xE9');
  });
});

it('parseJsonObject wants an object', () => {
  for (const text of ['[]', 'null', '3']) {
    expect(() => parseJsonObject(text, 'a.json')).toThrow('a.json is not a JSON object.');
  }
});
