/** @file Changes to the sides of Compare: what is chosen and what is drawn of it move together. */
import { letterOf } from './compare-columns';
import { chosenSides, MOST_SIDES, type SideChoice, sideOptions } from './compare-sides';
import { getState, type StudioState, setCompare, setFields } from './store';

/** What the sides stand for now, as choices: what is shown is what stays. */
const settled = (state: StudioState): SideChoice[] =>
  chosenSides(state.fields.compareSides, sideOptions(state)).map(({ option, strength }) => ({
    id: option.id,
    strength,
  }));

export function changeSide(side: number, change: Partial<SideChoice>): void {
  setFields({ compareSides: settled(getState()).map((own, i) => (i === side ? { ...own, ...change } : own)) });
}

export const canAddSide = ({ fields, compare }: Pick<StudioState, 'fields' | 'compare'>): boolean =>
  fields.place === 'compare' &&
  fields.compareView === 'sides' &&
  fields.compareSides.length < MOST_SIDES &&
  !compare.busy;

/** One more side: the first option that is not chosen yet, else the last side's LoRA again, at half its strength. */
export function addSide(): void {
  const state = getState();
  const sides = settled(state);
  const free = sideOptions(state).find(({ id }) => sides.every((side) => side.id !== id));
  const last = sides.at(-1)!;
  setFields({
    compareSides: [...sides, free ? { id: free.id, strength: 1 } : { ...last, strength: last.strength / 2 }],
  });
}

export function removeSide(side: number): void {
  move(settled(getState()).flatMap((_, i) => (i === side ? [] : i)));
}

export function swapFirstSides(): void {
  move(settled(getState()).map((_, i) => (i < 2 ? 1 - i : i)));
}

/** @param order numbers of the sides as they were */
function move(order: readonly number[]): void {
  const state = getState();
  const sides = settled(state);
  setFields({ compareSides: order.map((i) => sides[i]) });
  const { axis, columns } = state.compare;
  if (axis !== 'sides' || columns.length !== sides.length) return;
  const moved = order.map((i) => columns[i]);
  // A column that stood for another's pictures has them now, where that one is gone or comes later.
  setCompare({
    evaluation: null,
    columns: moved.map((column, i) => {
      const pictures = column.sameAs === null ? column.cells : columns[column.sameAs].cells;
      const sameAs = moved.findIndex(
        (other, j) => j < i && other.key === column.key && (other.sameAs !== null || column.sameAs !== null),
      );
      return { ...column, short: letterOf(i), cells: sameAs < 0 ? pictures : [], sameAs: sameAs < 0 ? null : sameAs };
    }),
  });
}

export function pin(side: number, pinned: boolean): void {
  setCompare({
    columns: getState().compare.columns.map((column, i) => (i === side ? { ...column, pinned } : column)),
  });
}
