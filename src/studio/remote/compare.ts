/**
 * @file Draws the columns of Compare with the same prompts and seeds. Everything is checked before the first picture:
 * drawing takes minutes on a slow adapter. What is drawn already stays, also where the rest is cancelled.
 */
import type { Picture } from '../../worker/protocol';
import type { Axis } from '../state/compare-columns';
import { type DrawnCell, keyOf, missingOf, openColumns, picturesAsked, withPictures } from '../state/compare-grid';
import { plannedSides, subjectOf } from '../state/compare-plan';
import { sideOptions } from '../state/compare-sides';
import { samplePromptsOf } from '../state/run-of-fields';
import { getState, setCompare, useStudio } from '../state/store';
import { openBundle } from './bundle';
import { readOffers } from './compare-offers';
import { asDrawing, generate, untilAborted } from './draw';
import { ask } from './messages';
import { reachable } from './reachable-lora';

/** Draws what is not there yet of the columns that are asked for. @throws UserError before anything is drawn, mostly */
export async function drawColumns(axis: Axis): Promise<void> {
  await readOffers();
  const { fields } = getState();
  const options = sideOptions(getState());
  const planned = plannedSides(axis, fields, options);
  const subject = subjectOf(axis, fields, options);
  const prompts = fields.comparePrompts.length > 0 ? fields.comparePrompts : samplePromptsOf(fields);
  const seeds = Array.from({ length: fields.compareCount }, (_, i) => fields.compareSeed + i);
  const { compareSteps: steps, guidance } = fields;
  setCompare({ busy: true });
  try {
    await asDrawing(async (signal) => {
      await untilAborted(openBundle(signal), signal);
      const how = { base: getState().bundle?.hash, steps, guidance };
      const columns = openColumns(planned, axis, picturesAsked(prompts, seeds), how, getState().compare);
      const total = columns.reduce((sum, column) => sum + missingOf(column).length, 0);
      const loras = await Promise.all(
        planned.map(async ({ lora, strength }) => ({ lora: await reachable(lora), strength })),
      );
      await ask({ type: 'check', loras }, 'checked', signal);
      setCompare({ axis, columns, subject, how: { steps, guidance }, evaluation: null });
      let done = 0;
      for (const [column, { key }] of columns.entries()) {
        const missing = missingOf(columns[column]);
        const plan = planned.find(({ same }) => keyOf(same, how) === key);
        if (missing.length === 0 || !plan) continue;
        setCompare({ drawing: { column, done, total } });
        const onDrawn = (first: number, pictures: Picture[]) => {
          done += pictures.length;
          keep(key, new Map(pictures.map((picture, i) => [missing[first + i], picture])));
          setCompare({ drawing: { column, done, total } });
        };
        await generate(missing.map(asked), plan.lora, { steps, guidance, strength: plan.strength }, onDrawn, signal);
      }
    });
  } finally {
    setCompare({ busy: false, drawing: null });
    // A run that trains has its own.
    if (getState().live?.state !== 'running') useStudio.setState({ progress: null });
  }
}

const asked = ({ prompt, seed }: DrawnCell) => ({ prompt, seed });

/** Puts pictures where they belong; sides may have been swapped or removed meanwhile. */
function keep(key: string, pictures: ReadonlyMap<DrawnCell, Picture>): void {
  const { columns } = getState().compare;
  setCompare({
    columns: columns.map((column) => (column.key === key && !column.pinned ? withPictures(column, pictures) : column)),
  });
}
