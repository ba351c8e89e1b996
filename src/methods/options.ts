/**
 * @file Options of a method: each with its default, its check and what a form needs to show it.
 */
import * as z from 'zod/mini';
import { UserError } from '../errors';
import { integer, parseWith, real } from '../formats/schema';

export interface MethodOption<T = any> {
  default: T;
  label: string;
  /** One sentence. */
  help: string;
  schema: z.ZodMiniType<T>;
  /** How a form shows it: numbers and pairs with their bounds, a choice with its choices. */
  kind: 'integer' | 'real' | 'pair' | 'choice' | 'flag';
  min?: number;
  max?: number;
  choices?: readonly string[];
  /** The default where it depends on the options that are given. */
  defaultFor?(given: Readonly<Record<string, unknown>>): T;
}

interface Said<T> {
  default: T;
  label: string;
  help: string;
  defaultFor?(given: Readonly<Record<string, unknown>>): T;
}

export const integerOption = ({ min, max, ...said }: Said<number> & { min: number; max: number }) =>
  ({ ...said, kind: 'integer', min, max, schema: integer(min, max) }) satisfies MethodOption<number>;

export const realOption = ({ min, max, ...said }: Said<number> & { min: number; max: number }) =>
  ({ ...said, kind: 'real', min, max, schema: real(min, max) }) satisfies MethodOption<number>;

export const pairOption = ({ min, max, ...said }: Said<[number, number]> & { min: number; max: number }) => {
  const error = `a pair of numbers from ${min} to ${max}`;
  const part = z.number({ error }).check(z.refine((value) => value >= min && value <= max, { error }));
  return { ...said, kind: 'pair', min, max, schema: z.tuple([part, part], { error }) } satisfies MethodOption<
    [number, number]
  >;
};

export const choiceOption = <T extends string>({ choices, ...said }: Said<T> & { choices: readonly T[] }) => {
  const schema = z.enum(choices as [T, ...T[]], { error: choices.map((choice) => `"${choice}"`).join(' or ') });
  return { ...said, kind: 'choice', choices, schema: schema as unknown as z.ZodMiniType<T> } satisfies MethodOption<T>;
};

export const flagOption = (said: Said<boolean>) =>
  ({ ...said, kind: 'flag', schema: z.boolean({ error: 'true or false' }) }) satisfies MethodOption<boolean>;

/** What the option is where it is not given. @param given the method's options that are */
export const defaultOf = (option: MethodOption, given: Readonly<Record<string, unknown>>): unknown =>
  option.defaultFor?.(given) ?? option.default;

/**
 * The options of a run file with every default filled in.
 *
 * @param file what to call the run file in a sentence
 * @throws UserError naming the method and the key that it does not have, or the key whose value is wrong
 */
export function parseOptions(
  { id, options }: { id: string; options: Readonly<Record<string, MethodOption>> },
  given: Readonly<Record<string, unknown>>,
  file: string,
): Record<string, unknown> {
  const known = Object.keys(options);
  const unknown = Object.keys(given).find((key) => !known.includes(key));
  if (unknown !== undefined) {
    const has = known.length ? `its options are ${known.map((key) => `"${key}"`).join(', ')}` : 'it has no options';
    throw new UserError(`${file}: method "${id}" has no option ${JSON.stringify(unknown.slice(0, 60))}: ${has}.`);
  }
  return Object.fromEntries(
    known.map((key) => {
      if (given[key] === undefined) return [key, defaultOf(options[key], given)];
      const nested = z.object({ options: z.object({ [key]: options[key].schema }) });
      const parsed = parseWith(nested, { options: { [key]: given[key] } }, file);
      return [key, (parsed.options as Record<string, unknown>)[key]];
    }),
  );
}
