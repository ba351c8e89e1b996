/** @file What judge and rewards say of the two sides of Compare, by the control words in force. */
import { getState, setCompare, useStudio } from '../state/store';
import { openBundle } from './bundle';
import { asDrawing } from './draw';
import { ask } from './messages';

export async function judgeBoth(): Promise<void> {
  await openBundle();
  const { compare, fields } = getState();
  const [a, b] = [compare.a!, compare.b!];
  const { positive, negative, compareSteps: steps, guidance } = fields;
  const sides = [a, b].map(({ label, pictures }) => ({ name: label, pictures }));
  const request = { type: 'judge' as const, sides, prompts: a.prompts, seeds: a.seeds.length, steps, guidance };
  setCompare({ busy: true, evaluation: null });
  try {
    await asDrawing(async (signal) => {
      const { evaluation } = await ask({ ...request, positive, negative }, 'judged', signal);
      // Neither side was drawn anew meanwhile.
      if (getState().compare.a === a && getState().compare.b === b) setCompare({ evaluation });
    });
  } finally {
    setCompare({ busy: false });
    // A run that trains has its own.
    if (getState().live?.state !== 'running') useStudio.setState({ progress: null });
  }
}
