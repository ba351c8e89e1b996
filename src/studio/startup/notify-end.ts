/** @file The browser's own notification when a run ends, or pauses by itself, while the page is out of sight. */
import { announcement } from '../state/run-news';
import { type StudioState, useStudio } from '../state/store';

/** What is to be told; null where it is not asked for, or where the run only goes on. */
export function newsOf(now: Pick<StudioState, 'live' | 'fields'>, before: Pick<StudioState, 'live'>): string | null {
  if (!now.fields.notifyWhenDone || now.live?.state === 'running') return null;
  return announcement(now.live, before.live);
}

export function notifyAtEnd(): void {
  useStudio.subscribe((now, before) => {
    const news = now.live === before.live ? null : newsOf(now, before);
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
