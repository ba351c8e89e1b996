/**
 * @file Runs a reader on damaged inputs. Whatever the damage, it gives either a result with finite numbers only, or a
 * UserError whose message is one short clear line.
 */
import { Random } from '../align/random';
import { UserError } from '../errors';
import { type Target, unsafePart, Warning } from './target';

export interface Finding {
  target: string;
  /** The trial's seed: the same one makes the same input again. */
  seed: number;
  problem: string;
  input: Uint8Array;
}

/** One trial; undefined where all is well, and whether the input was read. */
export async function tryOnce(target: Target, seed: number): Promise<{ finding?: Finding; wasRead: boolean }> {
  const { input, read } = target.damage(new Random(seed));
  const found = (problem: string): { finding: Finding; wasRead: boolean } => ({
    finding: { target: target.name, seed, problem, input },
    wasRead: false,
  });
  try {
    const at = notFinite(await read());
    return at === undefined ? { wasRead: true } : found(`read as a value that is not finite: ${at}`);
  } catch (error) {
    const judge =
      error instanceof UserError ? unclearPart : error instanceof Warning ? unsafePart : () => 'no UserError';
    const unclear = judge((error as Error).message);
    return unclear === undefined ? { wasRead: false } : found(`${unclear}: ${(error as Error).stack ?? error}`);
  }
}

/** What is wrong with a sentence; undefined where nothing is. */
export function unclearPart(message: string): string | undefined {
  const unsafe = unsafePart(message);
  if (unsafe !== undefined) return unsafe;
  const rest = message.replace(/\(-?(NaN|Infinity) at element \d+\)/, '').replaceAll(/"[^"]*"/g, '');
  const nonsense = /undefined|\[object|\bNaN\b|Infinity|defect|call stack|is not a function|Cannot read/.exec(rest);
  if (nonsense) return `"${nonsense[0]}" in the sentence`;
  if (!/^\S.*[.?]$/.test(message)) return 'no sentence';
}

/** The way to a number that is not finite inside a value; undefined where there is none. */
function notFinite(value: unknown, path = 'result'): string | undefined {
  if (typeof value === 'number') return Number.isFinite(value) ? undefined : `${path} is ${value}`;
  if (value instanceof Float32Array) {
    const at = value.findIndex((number) => !Number.isFinite(number));
    return at < 0 ? undefined : `${path}[${at}] is ${value[at]}`;
  }
  if (typeof value !== 'object' || value === null) return undefined;
  for (const [key, part] of Object.entries(value)) {
    const at = notFinite(part, `${path}.${key}`);
    if (at !== undefined) return at;
  }
}
