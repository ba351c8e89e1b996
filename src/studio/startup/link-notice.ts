/** @file Says what of an opened link could not be used. */
import type { Fields } from '../state/fields';
import { missingRewards } from '../state/settings-for-base';
import { notify, type StudioState } from '../state/store';

/** Most parts that are named, and the characters of each. */
const NAMED = 4;
const LENGTH = 40;

/** Shows a sentence, where there is one. */
export function tell(sentence: string | null): void {
  if (sentence) notify('error', sentence);
}

/** A sentence that names the parts of a link that were left out; null where there are none. */
export function refusedSentence(refused: readonly string[]): string | null {
  if (refused.length === 0) return null;
  const short = refused.slice(0, NAMED).map((part) => (part.length > LENGTH ? `${part.slice(0, LENGTH)}…` : part));
  const more = refused.length > NAMED ? ` and ${refused.length - NAMED} more` : '';
  return `This link holds what cannot be used here: ${short.join(', ')}${more}. Its other values are in use.`;
}

/** Parts of a link that only the page's contents can tell: a lesson that there is not. */
export async function refusedLesson({ lesson }: Pick<Fields, 'lesson'>): Promise<string[]> {
  if (lesson === '') return [];
  const { LESSONS } = await import('../lessons');
  return LESSONS.some(({ id }) => id === lesson) ? [] : [`lesson=${lesson}`];
}

/** A sentence for a training step that the run on the page does not reach. */
export function stepSentence({ fields, live, recording }: Pick<StudioState, 'fields' | 'live' | 'recording'>) {
  const { cursorStep } = fields;
  if (live || !recording || cursorStep === null || cursorStep <= recording.step) return null;
  return `The link points at training step ${cursorStep}; the recorded run shown here has ${recording.step}.`;
}

/** A sentence for a reward that the base does not bring, and the one that takes its place. */
export function replacedReward({ fields, bundle }: Pick<StudioState, 'fields' | 'bundle'>) {
  if (!bundle || bundle.rewards.length === 0) return null;
  const missing = missingRewards(bundle, fields.reward);
  if (missing.length === 0) return null;
  const [reward] = bundle.rewards;
  const named = missing.map((name) => `“${name.slice(0, LENGTH)}”`).join(', ');
  return { reward, sentence: `${bundle.name} has no reward called ${named}: “${reward}” is in use instead.` };
}
