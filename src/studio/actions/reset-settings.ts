/** @file Puts every setting of the run back to its default. */

import { defaultFields, FIELD_NAMES, FIELDS, type Fields } from '../state/fields';
import { setFields, useStudio } from '../state/store';
import { nothingTyped } from '../state/switch-method';
import type { Action } from './action';

export const resetSettings: Action = {
  id: 'reset-settings',
  label: 'Reset all settings',
  enabled: (state) => state.live === null,
  perform: () => {
    const defaults = defaultFields();
    const names = FIELD_NAMES.filter((name) => FIELDS[name].run && name !== 'bundle');
    useStudio.setState({ typed: nothingTyped });
    setFields(Object.fromEntries(names.map((name) => [name, defaults[name]])) as Partial<Fields>);
  },
};
