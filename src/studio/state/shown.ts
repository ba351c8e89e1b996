/** @file Which controls are shown: all that the chosen method reads, but for those that a link or a lesson hides. */
import type { RewardForm } from '../../formats/run-file';
import { FIELD_NAMES, FIELDS, type Fields } from './fields';
import { METHODS, methodOf } from './methods';

/** Paths of the run file that some methods read and others do not. */
const OF_SOME = new Set(METHODS.flatMap(({ reads }) => reads));

/** The control words that a reward form scores nothing by. */
const UNREAD_WORDS: Record<RewardForm, readonly (keyof Fields)[]> = {
  relative: [],
  positive: ['negative'],
  prompt: ['positive', 'negative'],
};

/** What decides which controls are shown. */
export type Showing = Pick<Fields, 'method' | 'hidden' | 'rewardForm'>;

/** Whether the control of a field is shown. */
export function isShown(name: keyof Fields, { method, hidden, rewardForm }: Showing): boolean {
  const { run, link } = FIELDS[name];
  if (link && hidden.includes(link)) return false;
  if (UNREAD_WORDS[rewardForm].includes(name)) return false;
  if (name === 'images') return methodOf(method).takesPictures;
  return !run || !OF_SOME.has(run) || methodOf(method).reads.includes(run);
}

/** The rows of "All settings", by their groups. */
export function shownSettings(fields: Showing): { group: string; names: (keyof Fields)[] }[] {
  const groups = new Map<string, (keyof Fields)[]>();
  for (const name of FIELD_NAMES) {
    const { setting } = FIELDS[name];
    if (!setting || !isShown(name, fields)) continue;
    groups.set(setting.group, [...(groups.get(setting.group) ?? []), name]);
  }
  return [...groups].map(([group, names]) => ({ group, names }));
}
