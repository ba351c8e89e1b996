/**
 * @file Command-line flags: a small declared table a verb, read by node:util, and one clear sentence for everything
 * wrong.
 */
import { type ParseArgsConfig, parseArgs } from 'node:util';
import { UserError } from '../errors';
import { quoted, shown } from '../shown';

interface Described {
  /** Shown in the help: 'FILE', 'N'. */
  value?: string;
  help: string;
}
/** `texts` take every value up to the next flag, and may repeat. */
interface TextFlag extends Described {
  kind: 'text' | 'texts' | 'switch';
}
interface NumberFlag extends Described {
  kind: 'integer' | 'number';
  /** Both ends are allowed. */
  min: number;
  max: number;
}
/** A number for one value of a `texts` flag, the last one before it. */
interface NumbersFlag extends Omit<NumberFlag, 'kind'> {
  kind: 'numbers';
  of: string;
}
export type Flag = TextFlag | NumberFlag | NumbersFlag;

/** What each kind reads: whether a value follows, and what becomes of it. */
const KINDS = {
  text: { takes: 'string', read: nonEmptyText },
  texts: { takes: 'string', read: (_: string, value: string) => value },
  integer: { takes: 'string', read: numberIn },
  number: { takes: 'string', read: numberIn },
  numbers: { takes: 'string', read: numberIn },
  switch: { takes: 'boolean', read: () => true },
} as const satisfies Record<
  Flag['kind'],
  { takes: 'string' | 'boolean'; read(name: string, value: string, flag: never): unknown }
>;

interface ValueOf {
  text: string;
  texts: string[];
  integer: number;
  number: number;
  /** By the index of the value that each is of. */
  numbers: (number | undefined)[];
  switch: true;
}
export type Flags<T extends Record<string, Flag>> = { [K in keyof T]?: ValueOf[T[K]['kind']] };

/**
 * Reads `--name value` and `--name=value`; a value that begins with "--" is written `--name=--value`. After `--` all
 * arguments are positional.
 * @param positional most positional arguments allowed
 * @throws UserError for an unknown flag, a missing or wrong value
 */
export function parseFlags<T extends Record<string, Flag>>(
  args: readonly string[],
  table: T,
  positional = 0,
): { flags: Flags<T>; rest: string[] } {
  const flags: Record<string, unknown> = {};
  const rest: string[] = [];
  /** The `texts` flag whose values go on. */
  let open: string | null = null;
  for (const argument of argumentsOf(args, table)) {
    if (argument.kind === 'terminator') {
      open = null;
    } else if (argument.kind === 'value') {
      if (open !== null) (flags[open] as string[]).push(argument.value);
      else if (rest.length < positional) rest.push(argument.value);
      else
        throw new UserError(`Unexpected argument ${quoted(argument.value)}: expected flags only (--help lists them).`);
    } else {
      const { name, value } = argument;
      const flag = Object.hasOwn(table, name) ? table[name] : undefined;
      if (!flag) throw unknownFlag(name, table);
      if (flag.kind === 'switch' && value !== undefined) throw new UserError(`--${name} takes no value.`);
      if (flag.kind !== 'switch' && value === undefined)
        throw new UserError(`--${name} needs a value: ${flag.value ?? 'N'}.`);
      const read = KINDS[flag.kind].read(name, value ?? '', flag as never);
      open = flag.kind === 'texts' ? name : null;
      if (flag.kind === 'texts') flags[name] = [...((flags[name] as string[]) ?? []), read];
      else if (flag.kind === 'numbers') flags[name] = placed(name, flag, read, flags);
      else if (flags[name] !== undefined && flag.kind !== 'switch') throw new UserError(`--${name} was given twice.`);
      else flags[name] = read;
    }
  }
  return { flags: flags as Flags<T>, rest };
}

/** The numbers of a flag with one more, at the index of the value that it is of. */
function placed(name: string, { of }: NumbersFlag, read: unknown, flags: Record<string, unknown>): unknown[] {
  const values = (flags[of] as string[] | undefined) ?? [];
  if (values.length === 0) throw new UserError(`--${name} needs a --${of} before it.`);
  const numbers = [...((flags[name] as unknown[]) ?? [])];
  const index = values.length - 1;
  if (numbers[index] !== undefined)
    throw new UserError(`--${name} was given twice for --${of} ${quoted(values[index])}.`);
  numbers[index] = read;
  return numbers;
}

type Argument =
  | { kind: 'flag'; name: string; value: string | undefined }
  | { kind: 'value'; value: string }
  | { kind: 'terminator' };

/** Before a value that begins with a single dash (`-5`), so that it is not read as short flags; no argument holds it. */
const MARK = '\0';

/** The arguments as node:util's parseArgs parts them. */
function argumentsOf(args: readonly string[], table: Record<string, Flag>): Argument[] {
  const options: ParseArgsConfig['options'] = Object.fromEntries(
    Object.entries(table).map(([name, { kind }]) => [name, { type: KINDS[kind].takes }]),
  );
  const { tokens } = parseArgs({
    args: args.map((argument) => (/^-[^-]/.test(argument) ? MARK + argument : argument)),
    options,
    strict: false,
    allowPositionals: true,
    tokens: true,
  });
  const plain = (value: string) => (value.startsWith(MARK) ? value.slice(MARK.length) : value);
  return tokens.map((token): Argument => {
    if (token.kind === 'option-terminator') return { kind: 'terminator' };
    if (token.kind === 'positional') return { kind: 'value', value: plain(token.value) };
    const { name, value, inlineValue } = token;
    // The next flag is no value, so that a forgotten value is noticed.
    const missing = value === undefined || (!inlineValue && value.startsWith('--'));
    return { kind: 'flag', name, value: missing ? undefined : plain(value) };
  });
}

function unknownFlag(name: string, table: Record<string, Flag>): UserError {
  const names = Object.keys(table).map((flag) => `--${flag}`);
  return new UserError(`Unknown flag "--${shown(name)}": expected one of ${names.join(', ')}.`);
}

function nonEmptyText(name: string, value: string, flag: Flag): string {
  if (value.trim() === '') throw new UserError(`--${name} is empty, expected ${flag.value ?? 'a text'}.`);
  return value;
}

/** A number as people write one; Number() would also take "0x10", " 7 " and "Infinity". */
const DECIMAL = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;

function numberIn(
  name: string,
  value: string,
  { kind, min, max }: Pick<NumberFlag, 'min' | 'max'> & { kind: string },
): number {
  const number = DECIMAL.test(value) ? Number(value) : Number.NaN;
  if (!(number >= min && number <= max) || (kind === 'integer' && !Number.isInteger(number))) {
    const what = kind === 'integer' ? 'an integer' : 'a number';
    throw new UserError(`--${name} is ${quoted(value, 40)}, expected ${what} from ${min} to ${max}.`);
  }
  return number;
}

/** The help of a verb or program. @param usage the command to type */
export function helpOf(usage: string, does: string, table: Record<string, Flag>): string {
  const rows = Object.entries(table).map(([name, { value, help }]) => [`--${name}${value ? ` ${value}` : ''}`, help]);
  const width = Math.max(...rows.map(([left]) => left.length)) + 2;
  return `${does}\n\nUsage: ${usage}\n\n${rows.map(([l, r]) => `  ${l.padEnd(width)}${r}`).join('\n')}\n`;
}
