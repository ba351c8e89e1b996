/** @file The chips are the truth: wherever the trainer's control words differ from them, it is given the chips' own. */
import { wordsInForce } from '../../formats/control-words';
import { report } from '../remote/report';
import { sendWords } from '../remote/train';
import { type StudioState, useStudio } from '../state/store';

/** The words that the trainer has to be given now; null where it has them already or cannot take any. */
export function wordsToSend({
  live,
  wordsPending,
  fields: { positive, negative },
}: Pick<StudioState, 'live' | 'wordsPending' | 'fields'>) {
  if (live?.source !== 'live' || (live.state !== 'running' && live.state !== 'paused')) return null;
  if (positive.length === 0 || negative.length === 0) return null;
  const now = wordsPending ?? wordsInForce(live.run, live.wordChanges);
  const same = (a: string[], b: string[]) => a.join('\n') === b.join('\n');
  return same(positive, now.positive) && same(negative, now.negative) ? null : { positive, negative };
}

/** Hands the chips' words to the trainer whenever it holds others: changed now, or before a stored run was resumed. */
export function followWords(): void {
  useStudio.subscribe((now, before) => {
    if (now.live === before.live && now.fields === before.fields && now.wordsPending === before.wordsPending) return;
    const words = wordsToSend(now);
    if (words) void sendWords(words).catch(report);
  });
}
