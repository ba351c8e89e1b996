/** @file How an option of a method is written in a field of a form, and what it expects. */
import { defaultOf } from '../../methods/options';
import { type Codec, choice, flag, pair, real, whole } from './codecs';
import type { MethodOption } from './methods';

/** Reads and writes the option's text. */
export function optionCodec(option: MethodOption): Codec<unknown> {
  const codecs = { integer: whole, real, pair, flag, choice: choice(option.choices ?? []) };
  return codecs[option.kind] as Codec<unknown>;
}

/** What the option expects, in words. */
export function shapeOf(option: MethodOption): string {
  switch (option.kind) {
    case 'integer':
      return `a whole number from ${option.min} to ${option.max}`;
    case 'real':
      return `a number from ${option.min} to ${option.max}`;
    case 'pair':
      return `two numbers from ${option.min} to ${option.max} with a comma between them`;
    case 'choice':
      return (option.choices ?? []).join(' or ');
    case 'flag':
      return '1 for yes or 0 for no';
  }
}

type Has = Readonly<Record<string, MethodOption>>;
type Values = Readonly<Record<string, unknown>>;

/** What the option is: as it was set, else its default beside the others. */
export const optionValue = (name: string, options: Values, has: Has): unknown =>
  options[name] ?? defaultOf(has[name], options);

/** The options that differ from what the method has by default. */
export const ownOptions = (options: Values, has: Has): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(options).filter(
      ([name, value]) => !(name in has) || JSON.stringify(value) !== JSON.stringify(defaultOf(has[name], options)),
    ),
  );
