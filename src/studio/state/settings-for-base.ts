/**
 * @file Settings for a base of the user's own. The page's are those of its presets, which were measured on the site's base:
 * what the user has not changed becomes what a run of another base begins with.
 */
import type { BundleInfo } from '../../formats/infos';
import { PERSON } from '../../formats/person';
import { FIELDS, type Fields } from './fields';
import { fittingBatch } from './switch-method';

/** What diffusers' trainers of FLUX LoRAs begin with. */
const LEARNING_RATE = 1e-4;

/** The rewards wanted that a base does not bring; a person is everywhere. */
export function missingRewards({ rewards }: Pick<BundleInfo, 'rewards'>, wanted: Fields['reward']): string[] {
  const names = typeof wanted === 'string' ? [wanted] : Object.keys(wanted);
  return names.filter((name) => name !== PERSON && !rewards.includes(name));
}

type Settings = Pick<Fields, 'reward' | 'targets' | 'batch' | 'learningRate'>;

/** The settings that change, and in words what they are then; no words where none changes. */
export function settingsForBase(
  bundle: Pick<BundleInfo, 'name' | 'rewards' | 'targets'>,
  fields: Fields,
): { changes: Partial<Settings>; words: string } {
  const changes: Partial<Settings> = {};
  const words: string[] = [];
  if (missingRewards(bundle, fields.reward).length > 0) {
    changes.reward = bundle.rewards[0] ?? PERSON;
    words.push(bundle.rewards.length > 0 ? `reward “${bundle.rewards[0]}”` : 'you as the judge, as it has no reward');
  }
  if (bundle.name !== FIELDS.bundle.default) {
    const isUnchanged = (name: 'targets' | 'batch' | 'learningRate') =>
      JSON.stringify(fields[name]) === JSON.stringify(FIELDS[name].default);
    if (isUnchanged('targets')) {
      changes.targets = bundle.targets;
      words.push(`targets ${bundle.targets.join(', ')}`);
    }
    const batch = fittingBatch({ ...fields, batch: 1 });
    if (isUnchanged('batch') && batch !== fields.batch) {
      changes.batch = batch;
      words.push(batch === 1 ? 'one picture a step' : `${batch} pictures a step`);
    }
    if (isUnchanged('learningRate')) {
      changes.learningRate = LEARNING_RATE;
      words.push(`learning rate ${LEARNING_RATE}`);
    }
  }
  return { changes, words: words.join(', ') };
}
