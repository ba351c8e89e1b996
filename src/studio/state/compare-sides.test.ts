import { expect, test } from 'vitest';
import { type CompareState, chosenSides, loraOf, loraSide, runSide, sideOptions } from './compare-sides';
import type { RunView } from './run-view';

const compare = (offered: CompareState['offered']): CompareState => ({
  ...{ a: null, b: null, pinnedA: false, pinnedB: false, busy: false, drawing: null, evaluation: null },
  offered,
});
const lora = { id: loraSide('x'), label: 'LoRA “x”' };
const live = { runId: 'r', name: 'cat', step: 12, run: { keepEvery: 5 } } as RunView;
const fields = { compareA: 'base', compareB: 'current' };

test('with nothing but the base, both sides are the base and can be drawn', () => {
  const { a, b } = chosenSides({ live: null, compare: compare([]), fields });
  expect([a.id, b.id]).toEqual(['base', 'base']);
  for (const { id } of [a, b]) expect(loraOf(id, null)).toEqual({ kind: 'base' });
});

test('a choice that is gone makes room: the base for A, the first other choice for B', () => {
  const gone = { compareA: loraSide('gone'), compareB: 'current' };
  const { a, b } = chosenSides({ live: null, compare: compare([lora]), fields: gone });
  expect([a.id, b.id]).toEqual(['base', lora.id]);
});

test('what is chosen is what is drawn', () => {
  const state = { live, compare: compare([lora, { id: runSide('r'), label: 'Run “cat”' }]) };
  expect(sideOptions(state).map(({ id }) => id)).toEqual(['base', 'current', 'run:r:5', 'run:r:10', lora.id]);
  expect(chosenSides({ ...state, fields }).b.id).toBe('current');
  expect(loraOf('current', live)).toEqual({ kind: 'run', runId: 'r' });
  expect(loraOf(runSide('r', 5), live)).toEqual({ kind: 'run', runId: 'r', step: 5 });
  expect(loraOf(lora.id, live)).toEqual({ kind: 'stored', loraId: 'x' });
});
