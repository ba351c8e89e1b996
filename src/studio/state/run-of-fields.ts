/** @file The run file that the current fields describe, and the fields that a run file sets. */
import { PRESET } from '../../align/preset';
import { UserError } from '../../errors';
import type { RunFile } from '../../formats/run-file';
import { parseRunFile } from '../../methods/run-file';
import { FIELD_NAMES, FIELDS, type Fields } from './fields';
import { ownOptions } from './method-options';
import { methodOf } from './methods';

/** The value at a dotted path, or undefined where a part of it is missing. */
export function valueAt(object: unknown, path: string): unknown {
  return path.split('.').reduce<any>((value, key) => value?.[key], object);
}

function setAt(object: Record<string, any>, path: string, value: unknown): void {
  const keys = path.split('.');
  const last = keys.pop()!;
  let target = object;
  for (const key of keys) target = target[key] ??= {};
  target[last] = value;
}

const same = (a: readonly string[], b: readonly string[]) => a.join('\n') === b.join('\n');

/** What is sampled where nothing else is asked for: a run of the preset's prompts shows words it does not train on. */
const defaultSamples = (prompts: string[]): string[] =>
  same(prompts, PRESET.prompts) ? PRESET.samples.prompts : prompts;

/** The prompts of the sample grid, and of Compare where none are typed there. */
export const samplePromptsOf = ({ prompts, samplePrompts }: Pick<Fields, 'prompts' | 'samplePrompts'>): string[] =>
  structuredClone(samplePrompts.length > 0 ? samplePrompts : defaultSamples(prompts));

/**
 * The run file that the fields describe, checked by its schema.
 * @throws UserError naming the key that is wrong.
 */
export function runOfFields(fields: Fields): RunFile {
  const run: Record<string, any> = { version: 1 };
  for (const name of FIELD_NAMES) {
    const path = FIELDS[name].run;
    if (path) setAt(run, path, structuredClone(fields[name]));
  }
  if (!methodOf(fields.method).takesPictures) run.images = null;
  run.samples.prompts = samplePromptsOf(fields);
  return parseRunFile(run, 'settings');
}

/** The same where prompts may still be missing; null where the settings are no run. */
export function settingsRun(fields: Fields): RunFile | null {
  try {
    return runOfFields(fields.prompts.length > 0 ? fields : { ...fields, prompts: ['any'] });
  } catch (error) {
    if (error instanceof UserError) return null;
    throw error;
  }
}

/** The fields that a run file sets; what it leaves out keeps its default. */
export function fieldsOfRun(run: RunFile): Partial<Fields> {
  const fields: Record<string, unknown> = {};
  for (const name of FIELD_NAMES) {
    const path = FIELDS[name].run;
    if (path) fields[name] = structuredClone(valueAt(run, path) ?? FIELDS[name].default);
  }
  fields.options = ownOptions(run.options, methodOf(run.method).options);
  fields.stop = run.stop ?? null;
  const samplePrompts = fields.samplePrompts as string[];
  if (same(samplePrompts, defaultSamples(run.prompts))) fields.samplePrompts = [];
  return fields as Partial<Fields>;
}
