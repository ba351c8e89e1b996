import { expect, test } from 'vitest';
import { defaultFields } from './fields';
import { isOver, loraToTake, outcomeOf, stepToTake } from './outcome';
import { runOfFields } from './run-of-fields';
import { type RunView, startingView } from './run-view';

const grid = (step: number, wanted: number, namedRight: number, gauge: number | null = 0) => ({
  step,
  wanted,
  namedRight,
  quality: 0.5,
  diversity: null,
  gauge,
});

/** Ten updates whose rewards are their steps, a LoRA kept every five. */
const view = (judged: ReturnType<typeof grid>[], changes: Partial<RunView> = {}): RunView => ({
  ...startingView('id', { ...runOfFields(defaultFields()), steps: 40, keepEvery: 5 }, 'cat'),
  state: 'stopped',
  step: 10,
  metrics: Array.from({ length: 10 }, (_, i) => ({ step: i + 1, reward: i + 1 })) as RunView['metrics'],
  samples: judged.map((one) => ({ step: one.step, prompts: [], seeds: [], pictures: [], judged: one })),
  ...changes,
});

test('the best step is offered first, the last one after it, each with its numbers', () => {
  const hacked = view([grid(0, 0.02, 0.96), grid(5, 0.56, 0.94), grid(10, 0.8, 0.5)]);
  const { best, offered, columns, rows } = outcomeOf(hacked);
  expect([best, offered, columns]).toEqual([5, [5, 10], [0, 5, 10]]);
  expect(rows).toEqual([
    { label: 'Wanted style', values: ['2 %', '56 %', '80 %'] },
    { label: 'Named right', values: ['96 %', '94 %', '50 %'] },
    { label: 'Quality', values: ['0.50', '0.50', '0.50'] },
    { label: 'Hacking gauge', values: ['0.00', '0.00', '0.00'] },
    { label: 'Reward', values: ['3.000', '3.000', '8.000'] },
  ]);
  expect(loraToTake(hacked)).toEqual({ kind: 'run', runId: 'id', step: 5 });
  expect(loraToTake({ ...hacked, chosenStep: 10 })).toEqual({ kind: 'run', runId: 'id' });
});

test('a stopped run has kept its last step; without a judge that one is taken', () => {
  const good = view([grid(0, 0.02, 0.96), grid(5, 0.3, 0.96), grid(10, 0.6, 0.95)]);
  expect(outcomeOf(good)).toMatchObject({ best: 10, offered: [10], columns: [0, 10] });
  expect(outcomeOf(view([]))).toMatchObject({ best: null, offered: [10], rows: [{ label: 'Reward' }] });
  // None is better than the base: there is no LoRA of step 0 to take.
  expect(outcomeOf(view([grid(0, 0.5, 0.96), grid(10, 0.6, 0.1)]))).toMatchObject({ best: 0, offered: [10] });
});

test('words that the judge does not know: what is wanted is no share of pictures', () => {
  const { rows } = outcomeOf(view([grid(0, -0.02, 1, null), grid(10, 0.06, 1, null)]));
  expect(rows[0]).toEqual({ label: 'Wanted style', values: ['−0.02', '0.06'] });
});

test('only a run that has ended is over; until then its newest LoRA is taken', () => {
  expect(isOver(view([]))).toBe(true);
  expect(isOver(view([], { step: 0 }))).toBe(false);
  expect(isOver(view([], { state: 'paused' }))).toBe(false);
  expect(isOver(view([], { runId: null, source: 'recording' }))).toBe(false);
  const running = view([grid(0, 0.02, 0.96), grid(5, 0.56, 0.94), grid(10, 0.8, 0.5)], { state: 'running' });
  expect(stepToTake(running)).toBe(10);
});
