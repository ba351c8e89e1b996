/** @file Which controls are shown: all that the chosen method reads, but for those that a link or a lesson hides. */
import { FIELD_NAMES, FIELDS, type Fields } from './fields';
import { METHODS, methodOf } from './methods';

/** Paths of the run file that some methods read and others do not. */
const OF_SOME = new Set(METHODS.flatMap(({ reads }) => reads));

/** Whether the control of a field is shown. */
export function isShown(name: keyof Fields, { method, hidden }: Pick<Fields, 'method' | 'hidden'>): boolean {
  const { run, link } = FIELDS[name];
  if (link && hidden.includes(link)) return false;
  return !run || !OF_SOME.has(run) || methodOf(method).reads.includes(run);
}

/** The rows of "All settings", by their groups. */
export function shownSettings(fields: Pick<Fields, 'method' | 'hidden'>): { group: string; names: (keyof Fields)[] }[] {
  const groups = new Map<string, (keyof Fields)[]>();
  for (const name of FIELD_NAMES) {
    const { setting } = FIELDS[name];
    if (!setting || !isShown(name, fields)) continue;
    groups.set(setting.group, [...(groups.get(setting.group) ?? []), name]);
  }
  return [...groups].map(([group, names]) => ({ group, names }));
}
