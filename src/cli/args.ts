/**
 * @file Command-line flags: a small declared table a verb, one clear sentence for everything wrong.
 */
import { UserError } from '../errors';

type Kind = 'text' | 'texts' | 'integer' | 'number' | 'switch';

export interface Flag {
  kind: Kind;
  /** Shown in the help: 'FILE', 'N'. */
  value?: string;
  help: string;
  min?: number;
}

type ValueOf<K extends Kind> = K extends 'text'
  ? string
  : K extends 'texts'
    ? string[]
    : K extends 'switch'
      ? true
      : number;
export type Flags<T extends Record<string, Flag>> = { [K in keyof T]?: ValueOf<T[K]['kind']> };

/**
 * Reads `--name value`, `--name=value`; `texts` take every value up to the next flag and may repeat.
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
  for (let i = 0; i < args.length; i++) {
    const arg = args[i];
    if (!arg.startsWith('--')) {
      if (rest.length >= positional)
        throw new UserError(`Unexpected argument "${arg}": expected flags only (--help lists them).`);
      rest.push(arg);
      continue;
    }
    const [name, inline] = splitOnce(arg.slice(2));
    const flag = Object.hasOwn(table, name) ? table[name] : undefined;
    if (!flag) {
      throw new UserError(
        `Unknown flag "--${name}": expected one of ${Object.keys(table)
          .map((f) => `--${f}`)
          .join(', ')}.`,
      );
    }
    if (flag.kind === 'switch') {
      if (inline !== undefined) throw new UserError(`--${name} takes no value.`);
      flags[name] = true;
      continue;
    }
    const values: string[] = inline === undefined ? [] : [inline];
    const more = flag.kind === 'texts' ? Number.POSITIVE_INFINITY : 1;
    while (values.length < more && i + 1 < args.length && !args[i + 1].startsWith('--')) values.push(args[++i]);
    if (values.length === 0) throw new UserError(`--${name} needs a value: ${flag.value ?? 'N'}.`);
    if (flag.kind === 'texts') flags[name] = [...((flags[name] as string[]) ?? []), ...values];
    else if (flags[name] !== undefined) throw new UserError(`--${name} was given twice.`);
    else flags[name] = flag.kind === 'text' ? values[0] : numberOf(name, flag, values[0]);
  }
  return { flags: flags as Flags<T>, rest };
}

function numberOf(name: string, flag: Flag, value: string): number {
  const number = value.trim() === '' ? Number.NaN : Number(value);
  const integer = flag.kind === 'integer';
  const low = flag.min ?? Number.NEGATIVE_INFINITY;
  if (!Number.isFinite(number) || (integer && !Number.isSafeInteger(number)) || number < low) {
    const what = integer ? 'a whole number' : 'a number';
    throw new UserError(
      `--${name} is "${value}", expected ${what}${flag.min === undefined ? '' : ` of at least ${flag.min}`}.`,
    );
  }
  return number;
}

function splitOnce(text: string): [string, string | undefined] {
  const at = text.indexOf('=');
  return at < 0 ? [text, undefined] : [text.slice(0, at), text.slice(at + 1)];
}

/** The help of a verb. */
export function helpOf(verb: string, usage: string, does: string, table: Record<string, Flag>): string {
  const rows = Object.entries(table).map(([name, { value, help }]) => [`--${name}${value ? ` ${value}` : ''}`, help]);
  const width = Math.max(...rows.map(([left]) => left.length)) + 2;
  return `${does}\n\nUsage: npm run -s studio -- ${verb} ${usage}\n\n${rows.map(([l, r]) => `  ${l.padEnd(width)}${r}`).join('\n')}\n`;
}
