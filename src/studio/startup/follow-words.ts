/** @file Control words that change while the trainer holds a run go to it. */
import { report } from '../remote/report';
import { sendWords } from '../remote/train';
import { useStudio } from '../state/store';

/** Hands control words to the trainer when they change while it holds a run. */
export function followWords(): void {
  useStudio.subscribe((now, before) => {
    const { positive, negative } = now.fields;
    if (positive === before.fields.positive && negative === before.fields.negative) return;
    const { live } = now;
    const trains =
      live?.source === 'live' && live === before.live && live.state !== 'stopped' && live.state !== 'finished';
    if (trains && positive.length > 0 && negative.length > 0) void sendWords(positive, negative).catch(report);
  });
}
