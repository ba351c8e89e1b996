/** @file The browser's own notification when a run ends, pauses by itself or waits for votes, while the page is out of sight. */
import { announcement } from '../state/run-news';
import { type StudioState, useStudio } from '../state/store';

type Told = Pick<StudioState, 'live' | 'ballot'>;

/** What is to be told; null where it is not asked for, or where the run only goes on. */
export function newsOf(now: Told & Pick<StudioState, 'fields'>, before: Told): string | null {
  if (!now.fields.notifyWhenDone) return null;
  if (now.ballot && now.ballot.step !== before.ballot?.step) {
    return `The pictures of update ${now.ballot.step} wait for your votes.`;
  }
  if (now.live === before.live || now.live?.state === 'running') return null;
  return announcement(now.live, before.live);
}

export function notifyAtEnd(): void {
  useStudio.subscribe((now, before) => {
    const news = newsOf(now, before);
    if (!news || !document.hidden || typeof Notification === 'undefined' || Notification.permission !== 'granted')
      return;
    try {
      const notification = new Notification('Direct-Align Studio', { body: news, tag: 'run' });
      notification.onclick = () => {
        window.focus();
        notification.close();
      };
    } catch {
      // Some phones show notifications of service workers alone.
    }
  });
}
