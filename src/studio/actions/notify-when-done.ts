/** @file Has the browser tell when training ends or pauses by itself while the page is out of sight. */

import { getState, notify, setFields } from '../state/store';
import type { Action } from './action';

export const notifyWhenDone: Action = {
  id: 'notify-when-done',
  label: ({ fields }) =>
    fields.notifyWhenDone ? 'Do not notify me when training ends' : 'Notify me when training ends',
  enabled: () => typeof Notification !== 'undefined' && Notification.permission !== 'denied',
  perform: async () => {
    const wanted = !getState().fields.notifyWhenDone;
    const allowed = !wanted || (await Notification.requestPermission()) === 'granted';
    if (allowed) setFields({ notifyWhenDone: wanted });
    else notify('info', 'The browser allows this page no notifications; its settings for this site can change that.');
  },
};
