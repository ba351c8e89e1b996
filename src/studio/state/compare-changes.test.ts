import { expect, test } from 'vitest';
import { addSide, canAddSide, changeSide, removeSide, swapFirstSides } from './compare-changes';
import { NOTHING_COMPARED, openColumns, picturesAsked } from './compare-grid';
import { plannedSides } from './compare-plan';
import { loraSide, MOST_SIDES, type SideOption, sideOptions } from './compare-sides';
import { getState, setCompare, setFields } from './store';

const lora = (id: string): SideOption => ({
  id: loraSide(id),
  label: id,
  lora: { kind: 'stored', loraId: id },
  same: loraSide(id),
});
const chosen = () => getState().fields.compareSides.map(({ id, strength }) => `${id}*${strength}`);
const shown = () => getState().compare.columns.map(({ short, label, sameAs }) => [short, label, sameAs]);

test('sides are added up to six, changed, swapped and removed, their pictures with them', () => {
  setCompare({ ...NOTHING_COMPARED, offered: [lora('x'), lora('y')] });
  setFields({ place: 'compare' });
  addSide();
  expect(chosen()).toEqual(['base*1', 'lora:x*1', 'lora:y*1']);
  addSide();
  expect(chosen().at(-1)).toBe('lora:y*0.5');
  changeSide(3, { id: 'base', strength: 1 });
  const planned = plannedSides('sides', getState().fields, sideOptions(getState()));
  setCompare({ columns: openColumns(planned, 'sides', picturesAsked(['cat'], [1]), 12, NOTHING_COMPARED) });
  const base = 'Base, without a LoRA';
  expect(shown()).toEqual([
    ['A', base, null],
    ['B', 'x', null],
    ['C', 'y', null],
    ['D', base, 0],
  ]);
  swapFirstSides();
  expect(chosen()).toEqual(['lora:x*1', 'base*1', 'lora:y*1', 'base*1']);
  expect(shown().map(([short, label, sameAs]) => `${short} ${label} ${sameAs}`)).toEqual([
    'A x null',
    `B ${base} null`,
    'C y null',
    `D ${base} 1`,
  ]);
  // What stood for the removed side's pictures shows them itself.
  removeSide(1);
  expect(shown().at(-1)).toEqual(['C', base, null]);
  expect(getState().compare.columns.at(-1)!.cells).toHaveLength(1);
  for (let i = 0; i < MOST_SIDES && canAddSide(getState()); i++) addSide();
  expect(getState().fields.compareSides).toHaveLength(MOST_SIDES);
});
