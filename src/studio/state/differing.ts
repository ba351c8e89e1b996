/** @file In which settings a run differs from those on the page. */
import { canonicalJson, type RunFile } from '../../formats/run-file';
import { FIELD_NAMES, FIELDS, type Fields, labelOfField } from './fields';
import { fieldsOfRun } from './run-of-fields';

/** Settings that do not change what a run looks like: how long it is, what ends it, and what is drawn of it. */
const BESIDE = /^(bundle$|steps$|stop$|samples\.|keepEvery$)/;

/** The page's names of the settings in which `run` differs from `fields`. */
export function differing(run: RunFile, fields: Fields): string[] {
  const of = fieldsOfRun(run);
  return FIELD_NAMES.filter((name) => {
    const path = FIELDS[name].run;
    return path !== undefined && !BESIDE.test(path) && canonicalJson(of[name]) !== canonicalJson(fields[name]);
  }).map(labelOfField);
}
