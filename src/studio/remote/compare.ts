/** @file Draws the two sides of Compare with the same prompts and seeds; a pinned side stays as it is. */
import { type CompareSide, chosenSides, loraOf, loraSide, runSide, type SideOption } from '../state/compare-sides';
import { samplePromptsOf } from '../state/run-of-fields';
import { getState, setCompare, useStudio } from '../state/store';
import { asDrawing, generate } from './draw';

/** Reads what the Library offers to draw with. */
export async function readOffers(): Promise<void> {
  const [{ listLoras }, { listRuns }] = await Promise.all([
    import('../../storage/loras'),
    import('../../storage/runs'),
  ]);
  const [loras, runs] = await Promise.all([listLoras(), listRuns()]);
  setCompare({
    offered: [
      ...loras
        .filter((lora) => lora.deletedAt === undefined)
        .map((lora) => ({ id: loraSide(lora.id), label: `LoRA “${lora.name}”` })),
      ...runs
        .filter((run) => run.deletedAt === undefined && run.step > 0)
        .map((run) => ({ id: runSide(run.id), label: `Run “${run.name}”, step ${run.step}` })),
    ],
  });
}

/** Draws every side that is not pinned; what both sides would show is drawn once, as A. */
export async function compareBoth(): Promise<void> {
  if (getState().compare.offered === null) await readOffers();
  const { fields, compare, live } = getState();
  const prompts = fields.comparePrompts.length > 0 ? fields.comparePrompts : samplePromptsOf(fields);
  const seeds = Array.from({ length: fields.compareCount }, (_, i) => fields.compareSeed + i);
  const { a, b } = chosenSides(getState());
  // Both are known before the first is drawn: drawing takes minutes on a slow adapter.
  const prepare = ({ id, label }: SideOption) => {
    const lora = loraOf(id, live);
    const strength = lora.kind === 'base' ? 1 : fields.strength;
    return async (signal: AbortSignal): Promise<CompareSide> => {
      const options = { steps: fields.compareSteps, guidance: fields.guidance, strength };
      const pictures = await generate(prompts, seeds, lora, options, signal);
      const drawn = lora.kind === 'base' ? label : `${label}, strength ${strength.toFixed(2)}`;
      return { label: drawn, prompts, seeds, pictures };
    };
  };
  const drawA = compare.pinnedA ? null : prepare(a);
  const drawB = compare.pinnedB ? null : prepare(b);
  const isSame = drawA !== null && drawB !== null && a.id === b.id;
  setCompare({ busy: true, evaluation: null, ...(isSame ? { b: null } : {}) });
  try {
    await asDrawing(async (signal) => {
      if (drawA) {
        setCompare({ drawing: 'A' });
        setCompare({ a: await drawA(signal) });
      }
      if (drawB && !isSame) {
        setCompare({ drawing: 'B' });
        setCompare({ b: await drawB(signal) });
      }
    });
  } finally {
    setCompare({ busy: false, drawing: null });
    // A run that trains has its own.
    if (getState().live?.state !== 'running') useStudio.setState({ progress: null });
  }
}
