import { expect, test } from 'vitest';
import { plannedSides, runOnAxis, spread } from './compare-plan';
import { BASE, loraSide, optionsOfRun, type SideOption } from './compare-sides';
import { defaultFields } from './fields';

const lora: SideOption = {
  id: loraSide('x'),
  label: 'LoRA “x”',
  lora: { kind: 'stored', loraId: 'x' },
  same: 'lora:x',
};
const run = optionsOfRun({ id: 'r', name: 'cat', step: 12, kept: [5, 10], best: 10, isHere: true });
const fields = defaultFields();
const plan = (axis: 'sides' | 'strengths' | 'steps', change: object, options = [BASE, ...run, lora]) =>
  plannedSides(axis, { ...fields, ...change }, options);

test('a LoRA at strength 0 shows what the base shows, at another strength something else', () => {
  const compareSides = [0, 1, 0.5].map((strength) => ({ id: lora.id, strength }));
  const sides = plan('sides', { compareSides });
  expect(sides.map(({ short }) => short)).toEqual(['A', 'B', 'C']);
  expect(sides[0]).toMatchObject({ lora: { kind: 'base' }, same: 'base', label: 'LoRA “x”, at strength 0.00' });
  expect(new Set(sides.map(({ same }) => same)).size).toBe(3);
  expect(sides[1].label).toBe('LoRA “x”');
});

test('the newest step shows the same under both of its names', () => {
  const again = optionsOfRun({ id: 'r', name: 'cat', step: 12, kept: [], best: null, isHere: false });
  const compareSides = ['current', again[0].id].map((id) => ({ id, strength: 1 }));
  const [a, b] = plan('sides', { compareSides }, [BASE, ...run, ...again]);
  expect(a.same).toBe(b.same);
});

test('one LoRA at the strengths that are written, the best step where none is chosen', () => {
  const columns = plan('strengths', { compareStrengths: [-1, 0, 1.5] });
  expect(columns.map(({ short, strength }) => [short, strength])).toEqual([
    ['-1.00', -1],
    ['0.00', 1],
    ['1.50', 1.5],
  ]);
  expect(columns[2].lora).toEqual({ kind: 'run', runId: 'r', step: 10 });
  expect(plan('strengths', { compareLora: lora.id })[3].lora).toEqual(lora.lora);
  expect(() => plan('strengths', {}, [BASE])).toThrow('There is no LoRA to draw with yet');
});

test('one run at its kept steps, the base first; a step that is not kept is named with those that are', () => {
  const columns = plan('steps', {});
  expect(columns.map(({ short, lora: ref }) => [short, ref])).toEqual([
    ['step 0', { kind: 'base' }],
    ['step 5', { kind: 'run', runId: 'r', step: 5 }],
    ['step 10', { kind: 'run', runId: 'r', step: 10 }],
    ['step 12', { kind: 'run', runId: 'r' }],
  ]);
  expect(plan('steps', { compareAt: [10, 0] }).map(({ short }) => short)).toEqual(['step 10', 'step 0']);
  expect(() => plan('steps', { compareAt: [7] })).toThrow('No LoRA of step 7 of “cat” is kept; it has 0, 5, 10, 12.');
  expect(() => plan('steps', {}, [BASE, lora])).toThrow('There is no run to draw yet');
  expect(runOnAxis({ compareRun: 'gone' }, [BASE, ...run])?.id).toBe('r');
});

test('of many steps the first, the last and some between them', () => {
  expect(spread([0, 5, 10])).toEqual([0, 5, 10]);
  const many = spread(Array.from({ length: 41 }, (_, i) => i));
  expect([many.length, many[0], many.at(-1)]).toEqual([6, 0, 40]);
});
