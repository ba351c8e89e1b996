/** @file The address follows the state, and the state an address that is opened. */
import { readPermalink, writePermalink } from '../state/permalink';
import { getState, setFields, useStudio } from '../state/store';
import { remember, remembered } from './remembered';
import { applyTheme } from './theme';

/** Keeps address and state in step from here on. */
export function followAddress(): void {
  let timer = 0;
  useStudio.subscribe((now, before) => {
    if (now.fields === before.fields) return;
    applyTheme();
    remember(now.fields);
    clearTimeout(timer);
    timer = window.setTimeout(() => {
      const { fields, playing, lesson } = getState();
      // What plays or is borrowed by a lesson comes back by itself.
      const shown = { ...fields, ...lesson?.borrowed };
      if (playing !== 'no') shown.cursorStep = null;
      const hash = writePermalink(shown);
      if (hash !== location.hash) history.replaceState(null, '', hash);
    }, 250);
  });
  addEventListener('hashchange', () => setFields({ ...readPermalink(location.hash), ...remembered() }));
}
