/** @file Draws the two sides of Compare with the same prompts and seeds; a pinned side stays as it is. */
import { type CompareSide, loraOf, sideOptions } from '../state/compare-sides';
import { getState, setCompare } from '../state/store';
import { generate } from './draw';

/** Draws every side that is not pinned. */
export async function compareBoth(): Promise<void> {
  const state = getState();
  const { fields, compare } = state;
  const prompts = fields.comparePrompts.length > 0 ? fields.comparePrompts : fields.prompts;
  const seeds = Array.from({ length: fields.compareCount }, (_, i) => fields.compareSeed + i);
  const draw = async (id: string): Promise<CompareSide> => {
    const lora = loraOf(id, state.live);
    const strength = lora.kind === 'base' ? 1 : fields.strength;
    const name = sideOptions(state).find((o) => o.id === id)?.label ?? id;
    const pictures = await generate(prompts, seeds, lora, {
      steps: fields.compareSteps,
      guidance: fields.guidance,
      strength,
    });
    const label = lora.kind === 'base' ? name : `${name}, strength ${strength.toFixed(2)}`;
    return { label, prompts, seeds, pictures };
  };
  setCompare({ busy: true });
  try {
    if (!compare.pinnedA) setCompare({ a: await draw(fields.compareA) });
    if (!compare.pinnedB) setCompare({ b: await draw(fields.compareB) });
  } finally {
    setCompare({ busy: false });
  }
}
