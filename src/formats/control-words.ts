/**
 * @file The control words of a run over time. The run file holds those it began with; each change counts from the
 * update after its step.
 */
import type { RunFile } from './run-file';

export interface ControlWords {
  positive: string[];
  negative: string[];
}

export interface WordChange extends ControlWords {
  /** Updates done when the words were changed. */
  step: number;
}

/**
 * The words in force after `step` updates, by default the last ones.
 * @param changes in the order of their steps
 */
export function wordsInForce(
  run: { reward: ControlWords },
  changes: readonly WordChange[],
  step = Number.POSITIVE_INFINITY,
): ControlWords {
  const { positive, negative } = changes.findLast((change) => change.step <= step) ?? run.reward;
  return { positive, negative };
}

/**
 * The run file of a run whose words were changed while it trained: its `reward` has those in force at the end, its
 * `wordHistory` all of them, by which the program makes the same changes at the same steps.
 */
export function runWithHistory(run: RunFile, changes: readonly WordChange[]): RunFile {
  if (changes.length === 0) return run;
  return { ...runWithWords(run, changes), wordHistory: wordHistory(run, changes) };
}

/** A run file as a run has it: with the words it began with, and the changes that follow. */
export function withoutHistory(run: RunFile): { run: RunFile; changes: WordChange[] } {
  const { wordHistory: history, ...rest } = run;
  if (!history) return { run, changes: [] };
  const [{ step: _, ...first }, ...changes] = history;
  return { run: { ...rest, reward: { ...run.reward, ...first } }, changes };
}

/** The run file with the words in force in place of those it began with. */
export function runWithWords<R extends Pick<RunFile, 'reward'>>(run: R, changes: readonly WordChange[]): R {
  return { ...run, reward: { ...run.reward, ...wordsInForce(run, changes) } };
}

/** Every list of words with the updates done when it came into force, those of step 0 first. */
export function wordHistory(run: { reward: ControlWords }, changes: readonly WordChange[]): WordChange[] {
  const steps = [0, ...changes.map(({ step }) => step)];
  return [...new Set(steps)].map((step) => ({ step, ...wordsInForce(run, changes, step) }));
}
