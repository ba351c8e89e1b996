/** @file What is wrong with the settings, or with a value for a field of them, in the words of the run file's schema. */
import { UserError } from '../../errors';
import { FIELD_NAMES, FIELDS, type Fields, labelOfField } from './fields';
import { methodOf } from './methods';
import { runOfFields } from './run-of-fields';
import { getState } from './store';

/**
 * @param value as the field's codec read it; undefined where the text could not be read at all
 * @returns null where the schema accepts the run file with this value, otherwise a sentence for the field
 */
export function fieldMessage(name: keyof Fields, value: unknown, fields: Fields = getState().fields): string | null {
  if (value === undefined) return `Expected ${shapeOf(FIELDS[name].default)}.`;
  const next = { ...fields, [name]: value };
  const refused = refusal(next);
  if (refused === null) return null;
  const about = refused.match(/^"([^"]+)"/)?.[1];
  const path = FIELDS[name].run;
  // At its own field a value needs no name; where it only does not fit another, that one is named.
  const own = about === undefined || (path !== undefined && about.startsWith(path));
  return asSentence((own && refused.match(/expected .*$/)?.[0]) || refused, next);
}

const checked = new WeakMap<Fields, string | null>();

/** What keeps the settings from being a run, prompts apart: one sentence, or null. */
export function settingsMessage(fields: Fields): string | null {
  if (!checked.has(fields)) {
    const refused = refusal(fields);
    checked.set(fields, refused && asSentence(refused, fields));
  }
  return checked.get(fields)!;
}

/** The schema's own words; null where it accepts the settings. Prompts may still be missing. */
function refusal(fields: Fields): string | null {
  try {
    runOfFields(fields.prompts.length > 0 ? fields : { ...fields, prompts: ['any'] });
    return null;
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return error.message.replace(/^settings: /, '');
  }
}

function asSentence(words: string, fields: Fields): string {
  const said = inLabels(words, fields);
  return said[0].toUpperCase() + said.slice(1);
}

function shapeOf(value: unknown): string {
  if (typeof value === 'number') return Number.isInteger(value) ? 'a whole number' : 'a number';
  if (Array.isArray(value) && typeof value[0] === 'number') return 'two numbers with a comma between them';
  return 'some text';
}

/** The run file's names as the page calls them: sigmaMax is “Trained to σ” here, options.k “Steps K”. */
function inLabels(sentence: string, { method }: Fields): string {
  let said = sentence;
  for (const [name, { label }] of Object.entries(methodOf(method).options)) {
    said = said.replaceAll(`"options.${name}"`, `“${label}”`);
  }
  for (const name of FIELD_NAMES) {
    const { run } = FIELDS[name];
    if (!run) continue;
    const label = `“${labelOfField(name)}”`;
    said = said.replaceAll(`"${run}"`, label);
    const leaf = run.split('.').at(-1)!;
    // A plain word such as "step" may mean anything.
    if (/[a-z][A-Z]/.test(leaf)) said = said.replace(new RegExp(`\\b${leaf}\\b`, 'g'), label);
  }
  return said;
}
