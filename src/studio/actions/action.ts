/**
 * @file What an action is. Buttons, keyboard shortcuts and the command palette are all derived from these records.
 *
 * A shortcut is written as keys joined by `+`: `Mod` (Ctrl, on a Mac ⌘), `Shift`, then the key as in
 * `KeyboardEvent.key` with letters in lower case: `Mod+k`, `Shift+ArrowLeft`, `p`, ` ` is written `Space`.
 */
import type { StudioState } from '../state/store';

export interface Action {
  id: string;
  /** Plain words for what happens when it is pressed. */
  label: string | ((state: StudioState) => string);
  shortcut?: string;
  enabled(state: StudioState): boolean;
  /** Where it cannot be performed for a reason that the user can change: a sentence with the reason. */
  whyNot?(state: StudioState): string | null;
  perform(): void | Promise<void>;
}

/** The label as it reads now. */
export function labelOf(action: Action, state: StudioState): string {
  return typeof action.label === 'string' ? action.label : action.label(state);
}
