/** @file Checks how well the rewards see a control word, on pictures that the worker draws for it. */
import { plainWord, rewardsToCheck, withChecked } from '../state/perceived';
import { getState, useStudio } from '../state/store';
import { openBundle } from './bundle';
import { asDrawing } from './draw';
import { ask } from './messages';

export async function checkWord(word: string): Promise<void> {
  if (getState().checking) return;
  useStudio.setState({ checking: { word, drawing: null } });
  try {
    await openBundle();
    await asDrawing(async (signal) => {
      const rewards = rewardsToCheck(getState().fields.reward);
      const request = { type: 'perceive' as const, word: plainWord(word), rewards };
      const { perception } = await ask(request, 'perceived', signal);
      useStudio.setState(({ perceived }) => ({ perceived: withChecked(perceived, perception) }));
    });
  } finally {
    useStudio.setState({ checking: null });
  }
}
