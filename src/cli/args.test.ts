import { expect, it } from 'vitest';
import { type Flag, parseFlags } from './args';

const table = {
  prompt: { kind: 'texts', value: 'TEXT…', help: '' },
  out: { kind: 'text', value: 'DIR', help: '' },
  seed: { kind: 'integer', value: 'N', help: '', min: 0, max: 4294967295 },
  guidance: { kind: 'number', value: 'G', help: '', min: -10, max: 100 },
  force: { kind: 'switch', help: '' },
} as const satisfies Record<string, Flag>;
const read = (...args: string[]) => parseFlags(args, table).flags;

it('reads values after a blank or an equals sign, switches, and lists that go on and repeat', () => {
  expect(read('--out', 'a', '--seed=3', '--force', '--guidance', '-1.5e0', '--prompt', 'x', 'y', '--prompt=z')).toEqual(
    {
      out: 'a',
      seed: 3,
      force: true,
      guidance: -1.5,
      prompt: ['x', 'y', 'z'],
    },
  );
  expect(read('--prompt=a', 'b', '--force', '--prompt', 'c')).toEqual({ prompt: ['a', 'b', 'c'], force: true });
  expect(read()).toEqual({});
});

it('takes texts as they are: with dashes, equals signs, empty ones, and "--" after an equals sign', () => {
  expect(read('--prompt', '-5 degrees', '-a-b', '-', 'x=y', '')).toEqual({
    prompt: ['-5 degrees', '-a-b', '-', 'x=y', ''],
  });
  expect(read('--prompt=--x', '--out=--force', '--prompt=a=b=')).toEqual({ prompt: ['--x', 'a=b='], out: '--force' });
  expect(read('--out', '-o').out).toBe('-o');
});

it('takes positional arguments as far as a verb has any, and all of them after --', () => {
  expect(parseFlags(['a', '--force'], table, 1)).toEqual({ flags: { force: true }, rest: ['a'] });
  expect(parseFlags(['--force', '--', '--odd-name'], table, 1).rest).toEqual(['--odd-name']);
  expect(() => parseFlags(['--prompt', 'a', '--', 'b'], table)).toThrow('Unexpected argument "b": expected flags only');
  expect(() => parseFlags(['a', 'b'], table, 1)).toThrow('Unexpected argument "b"');
});

it.each([
  ['0', 0],
  ['4294967295', 4294967295],
  ['+7', 7],
  ['1e3', 1000],
  ['2.0', 2],
])('reads the integer %s', (text, value) => expect(read('--seed', text).seed).toBe(value));

it.each([
  '-1',
  '4294967296',
  '9007199254740993',
  '1e999',
  '0.5',
  '0x10',
  '0b1',
  'NaN',
  'Infinity',
  '',
  ' 7',
  '7,0',
  '१',
])('refuses the integer "%s" with the bounds', (text) =>
  expect(() => read(`--seed=${text}`)).toThrow(`--seed is "${text}", expected an integer from 0 to 4294967295.`),
);

it.each(['1e999', '-1e999', 'NaN', '-Infinity', '0x1p3', '1_000', '100.1', 'much', '.'])(
  'refuses the number "%s" with the bounds',
  (text) =>
    expect(() => read('--guidance', text)).toThrow(`--guidance is "${text}", expected a number from -10 to 100.`),
);

it.each<[RegExp, ...string[]]>([
  [/^Unknown flag "--colour": expected one of --prompt, --out, --seed, --guidance, --force\.$/, '--colour', 'red'],
  [/^Unknown flag "--__proto__"/, '--__proto__=1'],
  [/^Unknown flag "--toString"/, '--toString'],
  [/^Unknown flag "--=x"/, '--=x'],
  [/^--out needs a value: DIR\.$/, '--out'],
  [/^--out needs a value: DIR\.$/, '--out', '--force'],
  [/^--prompt needs a value: TEXT…\.$/, '--prompt', '--', 'a'],
  [/^--out is empty, expected DIR\.$/, '--out', ''],
  [/^--out is empty, expected DIR\.$/, '--out= '],
  [/^--out was given twice\.$/, '--out', 'a', '--out', 'b'],
  [/^--force takes no value\.$/, '--force=yes'],
  [/^--seed is "a\\u001b\[31m0+…0+", expected an integer/, '--seed', `a\u001b[31m${'0'.repeat(500)}`],
])('says in one sentence what is wrong: %s', (sentence, ...args) => {
  expect(() => read(...args)).toThrow(sentence);
});

it('a number of one value of a list belongs to the value before it', () => {
  const lists = {
    lora: { kind: 'texts', value: 'FILE…', help: '' },
    strength: { kind: 'numbers', of: 'lora', help: '', min: 0, max: 2 },
  } as const satisfies Record<string, Flag>;
  const read = (...args: string[]) => parseFlags(args, lists).flags;
  expect(read('--lora', 'a', '--lora', 'b', '--strength', '0.5', '--lora', 'c')).toEqual({
    lora: ['a', 'b', 'c'],
    strength: [undefined, 0.5],
  });
  expect(() => read('--strength', '1', '--lora', 'a')).toThrow('--strength needs a --lora before it.');
  expect(() => read('--lora', 'a', '--strength', '1', '--strength', '1')).toThrow('was given twice for --lora "a"');
  expect(() => read('--lora', 'a', '--strength', '3')).toThrow('expected a number from 0 to 2');
});
