/** @file The metrics of a run as comma-separated values, one line an update, columns as in metrics.jsonl. */
import { type WordChange, wordsInForce } from '../../formats/control-words';
import type { Metrics } from '../../formats/metrics';
import type { RunFile } from '../../formats/run-file';
import { csvText } from './csv';

/** A run, as far as its words are concerned. */
export interface OfRun {
  run: Pick<RunFile, 'reward'>;
  wordChanges: readonly WordChange[];
}

/**
 * A head line with every column that an update has, then one line an update; the plan is its JSON. Two columns more hold
 * all the control words that were in force at the update, as JSON lists; `positive` and `negative` are those of them that
 * it used.
 */
export function metricsCsv(updates: readonly Metrics[], { run, wordChanges }: OfRun): string {
  const metrics = updates.map((line): Record<string, unknown> => {
    const { positive, negative } = wordsInForce(run, wordChanges, line.step - 1);
    return { ...line, positiveWords: positive, negativeWords: negative };
  });
  const columns = [...new Set(metrics.flatMap((line) => Object.keys(line)))];
  return csvText([columns, ...metrics.map((line) => columns.map((column) => line[column]))]);
}
