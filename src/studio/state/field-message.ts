/** @file What is wrong with a value for a field, in the words of the run file's schema. */
import { UserError } from '../../errors';
import { FIELD_NAMES, FIELDS, type Fields, labelOfField } from './fields';
import { runOfFields } from './run-of-fields';
import { getState } from './store';

/**
 * @param value as the field's codec read it; undefined where the text could not be read at all
 * @returns null where the schema accepts the run file with this value, otherwise a sentence for the field
 */
export function fieldMessage(name: keyof Fields, value: unknown, fields: Fields = getState().fields): string | null {
  if (value === undefined) return `Expected ${shapeOf(FIELDS[name].default)}.`;
  try {
    runOfFields({ ...fields, [name]: value });
    return null;
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    const expected = error.message.match(/expected .*$/)?.[0];
    const sentence = inLabels(expected ?? error.message);
    return sentence[0].toUpperCase() + sentence.slice(1);
  }
}

function shapeOf(value: unknown): string {
  if (typeof value === 'number') return Number.isInteger(value) ? 'a whole number' : 'a number';
  if (Array.isArray(value) && typeof value[0] === 'number') return 'two numbers with a comma between them';
  return 'some text';
}

/** The run file's names as the page calls them: sigmaMax is “Trained to σ” here. */
export function inLabels(sentence: string): string {
  let said = sentence;
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
