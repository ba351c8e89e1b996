import { expect, test } from 'vitest';
import { type CompareState, NOTHING_COMPARED } from './compare-grid';
import {
  BASE,
  chosenSides,
  loraSide,
  optionsOfRun,
  runSide,
  type SideOption,
  sideChoices,
  sideOptions,
} from './compare-sides';
import type { RunView } from './run-view';

const compare = (offered: SideOption[]): CompareState => ({ ...NOTHING_COMPARED, offered });
const lora: SideOption = {
  id: loraSide('x'),
  label: 'LoRA “x”',
  lora: { kind: 'stored', loraId: 'x' },
  same: loraSide('x'),
};
const judged = (step: number, wanted: number) => ({
  ...{ step, prompts: [], seeds: [], pictures: [] },
  judged: { step, wanted, namedRight: 1, quality: 1, diversity: 1, gauge: 0 },
});
const live = { runId: 'r', name: 'cat', step: 12, run: { keepEvery: 5, steps: 20 }, samples: [] } as unknown as RunView;
const choice = (id: string, strength = 1) => ({ id, strength });
const ids = (options: SideOption[]) => options.map(({ id }) => id);

test('with nothing but the base, every side is the base', () => {
  const options = sideOptions({ live: null, compare: compare([]) });
  expect(chosenSides([choice('base'), choice('')], options).map(({ option }) => option)).toEqual([BASE, BASE]);
});

test('a choice that is gone makes room for the first that no other side has', () => {
  const options = sideOptions({ live: null, compare: compare([lora]) });
  const of = (...choices: string[]) =>
    ids(
      chosenSides(
        choices.map((id) => choice(id)),
        options,
      ).map(({ option }) => option),
    );
  expect(of(loraSide('gone'), 'current')).toEqual(['base', lora.id]);
  expect(of('gone', 'base')).toEqual([lora.id, 'base']);
  expect(of('base', '')).toEqual(['base', lora.id]);
});

test('the run on the page is offered once, newest step first, then its kept steps, then the Library', () => {
  const own = optionsOfRun({ id: 'r', name: 'cat', step: 10, kept: [5], best: null, isHere: false });
  expect(ids(sideOptions({ live, compare: compare([lora, ...own]) }))).toEqual([
    'base',
    'current',
    'run:r:5',
    'run:r:10',
    lora.id,
  ]);
});

test('a run’s best step is offered first, and taken where nothing else is chosen', () => {
  const samples = [judged(0, 0.1), judged(5, 0.6), judged(10, 0.4)];
  const options = sideOptions({ live: { ...live, samples }, compare: compare([]) });
  expect(options[1]).toMatchObject({ id: 'run:r:5', label: 'This run, “cat”, best step 5', lora: { step: 5 } });
  expect(chosenSides([choice('base'), choice('')], options)[1].option.id).toBe('run:r:5');

  const stored = optionsOfRun({ id: 's', name: 'owl', step: 20, kept: [10, 20], best: 20, isHere: false });
  expect(stored.map(({ label, same }) => [label, same])).toEqual([
    ['“owl”, best step 20', 'run:s:20'],
    ['“owl”, step 10', 'run:s:10'],
  ]);
  expect(stored[0].lora).toEqual({ kind: 'run', runId: 's' });
  const [newest] = optionsOfRun({ id: 's', name: 'owl', step: 20, kept: [], best: 0, isHere: false });
  expect(newest.about).toBe('The judge finds the base better than each kept step.');
});

test('sides survive being written', () => {
  const sides = [choice('base'), choice(runSide('r', 5), 0.5)];
  expect(sideChoices.read(sideChoices.write(sides))).toEqual(sides);
  for (const text of ['base', 'base\ncurrent*9', 'base\ncurrent*x']) expect(sideChoices.read(text)).toBeUndefined();
});
