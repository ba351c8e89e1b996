/**
 * @file zod schemas whose errors are one sentence: every leaf says what it expects, `parseWith` adds the file, the key
 * and the value found.
 */
import * as z from 'zod/mini';
import { UserError } from '../errors';
import { quoted, showList, showValue } from '../shown';

// Without eval: zod's compiled parsers would be refused (and reported) by the page's Content-Security-Policy.
z.config({ jitless: true });

/** An integer in [min, max]. */
export function integer(min: number, max: number) {
  const error = `an integer from ${min} to ${max}`;
  return z
    .number({ error })
    .check(z.refine((value) => Number.isInteger(value) && value >= min && value <= max, { error }));
}

/** A finite number in [min, max], or (min, max] with `above`. */
export function real(min: number, max: number, above = false) {
  const error = above ? `a number above ${min}, at most ${max}` : `a number from ${min} to ${max}`;
  return z
    .number({ error })
    .check(z.refine((value) => (above ? value > min : value >= min) && value <= max, { error }));
}

/** Text with at least one visible character. */
export function text(what: string) {
  return z.string({ error: what }).check(z.refine((value) => value.trim() !== '', { error: what }));
}

/** A list of at least one visible text. */
export function texts(what: string) {
  return z.array(text(what), { error: what }).check(z.minLength(1, { error: what }));
}

/**
 * Checks `value` against `schema`.
 *
 * @param what the file, as the sentence begins: `run.json`
 * @throws UserError naming the first key that is wrong, what it holds and what was expected
 */
export function parseWith<Schema extends z.ZodMiniType>(
  schema: Schema,
  value: unknown,
  what: string,
): z.output<Schema> {
  const result = z.safeParse(schema, value);
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  const place = issue.path.join('.');
  if (issue.code === 'unrecognized_keys') {
    const keys = issue.keys.map((key) => quoted(place ? `${place}.${key}` : key));
    throw new UserError(`${what}: unknown key ${showList(keys, 3)}.`);
  }
  const found = issue.path.reduce<unknown>(
    (inner, key) => (inner as Record<PropertyKey, unknown> | undefined)?.[key],
    value,
  );
  if (place === '') throw new UserError(`${what} holds ${showValue(found)}, expected ${issue.message}.`);
  throw new UserError(
    found === undefined
      ? `${what}: ${quoted(place)} is missing, expected ${issue.message}.`
      : `${what}: ${quoted(place)} is ${showValue(found)}, expected ${issue.message}.`,
  );
}
