/**
 * @file Reads a whole run file: its settings (formats/run-file.ts) and what its method makes of them.
 */

import { UserError } from '../errors';
import { isJudgedByPerson, PERSON } from '../formats/person';
import { oneOf, parseRunSettings, type RunFile } from '../formats/run-file';
import { quoted } from '../shown';
import { METHODS, methodOf } from '.';
import { parseOptions } from './options';

/**
 * Reads a run file, with every default filled in.
 *
 * @param input its bytes or text, or its value
 * @param name what to call it in a sentence
 * @throws UserError naming the key that is wrong or unknown and what was expected
 */
export function parseRunFile(input: unknown, name = 'run.json'): RunFile {
  const settings = parseRunSettings(input, name);
  const ids: string[] = METHODS.map(({ id }) => id);
  if (!ids.includes(settings.method)) {
    throw new UserError(`${name}: "method" is ${quoted(settings.method)}, expected ${oneOf(ids)}.`);
  }
  const method = methodOf(settings.method);
  const run = { ...settings, options: parseOptions(method, settings.options, name) };
  if (!method.forms.includes(run.reward.form)) {
    throw new UserError(
      `${name}: method "${method.id}" takes "reward.form" ${oneOf(method.forms)}, not "${run.reward.form}".`,
    );
  }
  if (run.images !== null && !method.takesPictures) {
    const takers = METHODS.filter(({ takesPictures }) => takesPictures).map(({ id }) => id);
    throw new UserError(`${name}: method "${method.id}" takes no "images"; those that do are ${oneOf(takers)}.`);
  }
  if (typeof run.reward.model === 'object' && PERSON in run.reward.model) {
    throw new UserError(`${name}: "reward.model" mixes "person" with rewards of the bundle: name "person" alone.`);
  }
  if (isJudgedByPerson(run) && method.differentiatesReward) {
    const takers = METHODS.filter(({ differentiatesReward }) => !differentiatesReward).map(({ id }) => id);
    throw new UserError(
      `${name}: method "${method.id}" needs a reward's gradient, which "person" has not; those that do without are ${oneOf(takers)}.`,
    );
  }
  const group = method.group?.(run.options) ?? 1;
  if (run.batch % group !== 0) {
    throw new UserError(`${name}: "batch" is ${run.batch}, expected a multiple of "options.group", which is ${group}.`);
  }
  method.checkRun?.(run, run.options, name);
  return run;
}
