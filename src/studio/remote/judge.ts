/** @file What judge and rewards say of the columns of Compare, by the control words in force. */
import { judgeable } from '../state/compare-grid';
import { getState, setCompare, useStudio } from '../state/store';
import { openBundle } from './bundle';
import { asDrawing, untilAborted } from './draw';
import { ask } from './messages';

export async function judgeColumns(): Promise<void> {
  const { compare, fields } = getState();
  const measured = judgeable(compare.columns);
  if (!measured) return;
  const { prompts, seeds } = measured;
  const { positive, negative } = fields;
  const { steps, guidance } = compare.how!;
  const sides = measured.sides.map(({ label: name, pictures }) => ({ name, pictures }));
  const shorts = measured.sides.map(({ short }) => short);
  setCompare({ busy: true, evaluation: null });
  try {
    await asDrawing(async (signal) => {
      await untilAborted(openBundle(signal), signal);
      const request = { type: 'judge' as const, sides, prompts, seeds, steps, guidance, positive, negative };
      const { evaluation } = await ask(request, 'judged', signal);
      // Nothing was drawn anew, swapped or removed meanwhile.
      if (getState().compare.columns === compare.columns) setCompare({ evaluation: { of: evaluation, shorts } });
    });
  } finally {
    setCompare({ busy: false });
    // A run that trains has its own.
    if (getState().live?.state !== 'running') useStudio.setState({ progress: null });
  }
}
