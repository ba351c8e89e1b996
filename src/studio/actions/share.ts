/** @file Copies a link that reopens these settings, seed and cursor. */

import { writePermalink } from '../state/permalink';
import { getState, notify } from '../state/store';
import type { Action } from './action';

export const share: Action = {
  id: 'share',
  label: 'Copy link',
  enabled: () => true,
  perform: async () => {
    const link = location.href.split('#')[0] + writePermalink(getState().fields);
    try {
      await navigator.clipboard.writeText(link);
      notify('info', 'The link is on the clipboard: it reopens these settings, the seed and the cursor.');
    } catch {
      history.replaceState(null, '', link);
      notify('info', 'The clipboard is not available here; the address bar holds the link.');
    }
  },
};
