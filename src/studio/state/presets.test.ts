/** Each preset is a cell of the comparison, and says what was measured there. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { parseRunFile } from '../../methods/run-file';
import type { CellResult, Judged } from '../../reproduce/runner';
import { differing } from './differing';
import { defaultFields } from './fields';
import { PRESETS, presetSteps } from './presets';

const cellOf = (id: string): { key: string; result: CellResult } =>
  JSON.parse(readFileSync(`docs/results/default/cells/${id}.json`, 'utf8'));

/** What the evaluation says of a step, whatever it was evaluated for. */
function judgedAt({ best, bestStep, last, metrics, ungauged, shown, evaluated }: CellResult, step: number): Judged {
  const steps = [
    { step: bestStep, judged: best },
    { step: metrics.length, judged: last },
    ...[ungauged, shown].filter((of) => of != null),
    ...evaluated,
  ];
  return steps.find((of) => of.step === step)!.judged!;
}

test.each(PRESETS.map((preset) => [preset.id, preset] as const))('%s is its cell', (_, preset) => {
  const { cell, step, wanted, named, quality } = preset.proof;
  const { key, result } = cellOf(cell);
  const { measures } = judgedAt(result, step);
  const rounded = (name: string) => [result.base, { measures }].map((of) => of.measures[name].value.toFixed(2));
  expect(wanted.map((part) => part.toFixed(2))).toEqual(rounded('wanted'));
  expect(named.map((part) => part.toFixed(2))).toEqual(rounded('namedRight'));
  expect(quality.map((part) => part.toFixed(2))).toEqual(rounded('quality'));
  // The preset's settings are the cell's, and it stops where that was measured.
  const { run } = JSON.parse(key);
  const made = parseRunFile({ ...run, optimizer: { ...run.optimizer, learningRate: result.learningRate } });
  expect(differing(made, { ...defaultFields(), ...preset.fields })).toEqual([]);
  expect(presetSteps(preset)).toBe(step);
});

test('there are at least six styles, and three settings that go wrong', () => {
  expect(PRESETS.filter(({ isWarning }) => !isWarning).length).toBeGreaterThanOrEqual(6);
  expect(PRESETS.filter(({ isWarning }) => isWarning).length).toBeGreaterThanOrEqual(3);
});
