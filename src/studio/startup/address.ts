/**
 * @file The address follows the state, and the state an address that is opened.
 *
 * Places and lessons are entries of the browser's history; whatever else changes replaces the entry. Going back changes
 * the place only: the settings, a run that trains among them, are the page's, not the entry's.
 */
import { EMBED, type Embed } from '../state/embed';
import type { Fields } from '../state/fields';
import { readLink, readPermalink, writePermalink } from '../state/permalink';
import { getState, setFields, useStudio } from '../state/store';
import { refusedLesson, refusedSentence, tell } from './link-notice';
import { remember, remembered } from './remembered';
import { applyTheme } from './theme';

/** Marks the entries that this page made. */
const OWN = { studio: true };

/** Whether another place makes an entry of its own. */
export const isElsewhere = (now: Fields, before: Fields): boolean =>
  now.place !== before.place || (now.place === 'learn' && (now.lesson !== before.lesson || now.lab !== before.lab));

/** Takes the state from a link, and says what of it cannot be used. */
export function openLink(hash: string): void {
  const { fields, refused } = readLink(hash);
  setFields({ ...fields, ...remembered(), ...embedded(EMBED) });
  void refusedLesson(fields).then((lesson) => tell(refusedSentence([...refused, ...lesson])));
}

/** Where a page that is embedded in another always is. */
export const embedded = (embed: Embed | null): Partial<Fields> =>
  embed ? { place: 'learn', lab: embed === 'laboratory' } : {};

/** What going back and forward changes: the place alone, of an entry that this page made. */
export function placeOf(hash: string): Partial<Fields> {
  const { place, lesson, lessonStep, lab } = readPermalink(hash);
  return place === 'learn' ? { place, lesson, lessonStep, lab } : { place };
}

/** The address of the state: what plays or is borrowed by a lesson comes back by itself. */
function addressOf(fields: Fields): string {
  const { playing, lesson } = getState();
  const kept = { ...fields, ...lesson?.borrowed };
  if (playing !== 'no') kept.cursorStep = null;
  return writePermalink(kept);
}

/** Keeps address and state in step from here on. */
export function followAddress(): void {
  let timer = 0;
  let goesBack = false;
  const replace = (fields: Fields) => {
    clearTimeout(timer);
    const address = addressOf(fields);
    // Browsers limit how often an entry may be replaced.
    if (address !== location.hash || history.state?.studio !== true) history.replaceState(OWN, '', address);
  };
  replace(getState().fields);
  useStudio.subscribe((now, before) => {
    if (now.fields === before.fields) return;
    applyTheme();
    remember(now.fields);
    if (isElsewhere(now.fields, before.fields) && !goesBack) {
      replace(before.fields);
      history.pushState(OWN, '', addressOf(now.fields));
      // Going back, the browser itself finds where one was.
      scrollTo(0, 0);
    }
    clearTimeout(timer);
    timer = window.setTimeout(() => replace(getState().fields), 250);
  });
  window.addEventListener('popstate', (event) => {
    goesBack = true;
    if (event.state?.studio === true) setFields(placeOf(location.hash));
    else openLink(location.hash);
    goesBack = false;
  });
}
