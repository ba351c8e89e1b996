/**
 * @file Another method is chosen: its own options take the place of the last one's, as they were when it was left, and
 * the batch is one that its groups divide.
 */
import { PERSON } from '../../formats/person';
import type { RewardForm } from '../../formats/run-file';
import { FIELDS, type Fields } from './fields';
import { type MethodChoice, methodOf } from './methods';

/** What was typed for the methods that were left, by their ids. */
export interface TypedOfMethods {
  options: Readonly<Record<string, Record<string, unknown>>>;
  forms: Readonly<Record<string, RewardForm>>;
  /** One a method with groups, one for all others together. */
  batches: Readonly<Record<string, number>>;
}

export const nothingTyped: TypedOfMethods = { options: {}, forms: {}, batches: {} };

const WITHOUT_GROUPS = '';
const batchKey = ({ id, group }: MethodChoice) => (group ? id : WITHOUT_GROUPS);

/** Pictures that share a prompt. */
export const groupOf = ({ method, options }: Pick<Fields, 'method' | 'options'>): number => {
  const { options: has, group } = methodOf(method);
  const defaults = Object.fromEntries(Object.entries(has).map(([name, option]) => [name, option.default]));
  return group?.({ ...defaults, ...options }) ?? 1;
};

/** The batch nearest to the fields' that their groups divide. */
export function fittingBatch(fields: Pick<Fields, 'method' | 'options' | 'batch'>): number {
  const group = groupOf(fields);
  // A group that is no number is refused where it is typed.
  return group > 0 ? group * Math.max(Math.round(fields.batch / group), 1) : fields.batch;
}

type Switched = Pick<Fields, 'method' | 'options' | 'rewardForm' | 'reward' | 'batch'>;

/**
 * The fields with another method.
 *
 * @returns what changes, and what is to be remembered of the method that is left
 */
export function switchMethod(
  from: Switched,
  typed: TypedOfMethods,
  id: string,
): { fields: Switched; typed: TypedOfMethods } {
  const [left, to] = [methodOf(from.method), methodOf(id)];
  const kept: TypedOfMethods = {
    options: { ...typed.options, [left.id]: from.options },
    forms: { ...typed.forms, [left.id]: from.rewardForm },
    batches: { ...typed.batches, [batchKey(left)]: from.batch },
  };
  const form = kept.forms[to.id] ?? from.rewardForm;
  const fields = {
    method: to.id,
    options: kept.options[to.id] ?? {},
    rewardForm: to.forms.includes(form) ? form : to.forms[0],
    // A person's vote has no gradient.
    reward: to.differentiatesReward && from.reward === PERSON ? FIELDS.reward.default : from.reward,
    batch: kept.batches[batchKey(to)] ?? from.batch,
  };
  return { fields: { ...fields, batch: fittingBatch(fields) }, typed: kept };
}
