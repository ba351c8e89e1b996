/** @file Keyboard shortcuts: reads a key press as the text that actions use, and performs the action it names. */
import type { Action } from '../actions/action';
import { report } from '../remote/report';
import { getState } from '../state/store';

type Keys = Pick<KeyboardEvent, 'key' | 'ctrlKey' | 'metaKey' | 'shiftKey' | 'altKey'>;

/** A key press as shortcuts are written: `Mod+k`, `Shift+ArrowLeft`, `p`. */
export function shortcutOf(event: Keys): string {
  const key = event.key === ' ' ? 'Space' : event.key.length === 1 ? event.key.toLowerCase() : event.key;
  const parts = [event.ctrlKey || event.metaKey ? 'Mod' : '', event.altKey ? 'Alt' : '', event.shiftKey ? 'Shift' : ''];
  return [...parts.filter(Boolean), key].join('+');
}

/** How a shortcut is printed on this machine: `Ctrl K` or `⌘ K`. */
export function printShortcut(shortcut: string): string {
  const names: Record<string, string> = {
    Mod: /Mac|iP/.test(navigator.platform) ? '⌘' : 'Ctrl',
    ArrowLeft: '←',
    ArrowRight: '→',
  };
  return shortcut
    .split('+')
    .map((key) => names[key] ?? (key.length === 1 ? key.toUpperCase() : key))
    .join(' ');
}

/** Elements that use plain keys themselves. */
const KEEPS_KEYS =
  'input, textarea, select, [contenteditable], [role=slider], [role=listbox], [role=menu], [role=dialog], [role=grid]';
const KEEPS_SPACE = 'button, a, summary, label, [role=button], [role=option], [role=menuitem], [role=switch]';

/** Performs an action if it is possible now; errors become a notice. */
export async function perform(action: Action): Promise<void> {
  if (!action.enabled(getState())) return;
  try {
    await action.perform();
  } catch (error) {
    report(error, () => void perform(action));
  }
}

/** Listens for shortcuts on the whole page; returns a function that stops it. */
export function listenForShortcuts(actions: Action[]): () => void {
  const byShortcut = new Map(actions.flatMap((a) => (a.shortcut ? [[a.shortcut, a] as const] : [])));
  const listener = (event: KeyboardEvent) => {
    const shortcut = shortcutOf(event);
    const action = byShortcut.get(shortcut);
    const target = event.target instanceof Element ? event.target : null;
    if (!action || event.defaultPrevented || event.isComposing || getState().dialog !== 'none') return;
    const plain = !shortcut.startsWith('Mod+');
    if (plain && target?.closest(KEEPS_KEYS)) return;
    if (shortcut.endsWith('Space') && target?.closest(KEEPS_SPACE)) return;
    // WCAG 2.1.4: letters and digits alone can be switched off (About).
    if (plain && event.key.length === 1 && event.key !== ' ' && !getState().fields.letterKeys) return;
    event.preventDefault();
    void perform(action);
  };
  addEventListener('keydown', listener);
  return () => removeEventListener('keydown', listener);
}
