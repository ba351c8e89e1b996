/** @file The command palette: everything that can be done now, found by typing. */
import { useState } from 'react';
import { Autocomplete, useFilter } from 'react-aria-components/Autocomplete';
import { Input } from 'react-aria-components/Input';
import { Menu, MenuItem } from 'react-aria-components/Menu';
import { SearchField } from 'react-aria-components/SearchField';
import { Text } from 'react-aria-components/Text';
import { ACTIONS } from '../actions';
import { labelOf } from '../actions/action';
import { perform, printShortcut } from '../keyboard/shortcuts';
import { getState } from '../state/store';
import { closeDialog, Dialog } from './dialog';
import './palette.css';

export default function Palette() {
  const { contains } = useFilter({ sensitivity: 'base' });
  const [items] = useState(() => {
    const state = getState();
    return ACTIONS.filter((a) => a.id !== 'open-palette' && a.enabled(state)).map((action) => ({
      id: action.id,
      action,
      label: labelOf(action, state),
    }));
  });
  return (
    <Dialog title="Find a command" className="palette">
      <Autocomplete filter={contains}>
        <SearchField className="search" aria-label="Find a command" autoFocus>
          <Input className="input" placeholder="What do you want to do?" />
        </SearchField>
        <Menu
          className="listbox"
          aria-label="Commands"
          items={items}
          onAction={(key) => {
            const { action } = items.find((item) => item.id === key)!;
            closeDialog();
            void perform(action);
          }}
          renderEmptyState={() => <p className="note">No command is called that.</p>}
        >
          {({ action, label }) => (
            <MenuItem className="option" textValue={label}>
              <Text slot="label">{label}</Text>
              {action.shortcut && <kbd>{printShortcut(action.shortcut)}</kbd>}
            </MenuItem>
          )}
        </Menu>
      </Autocomplete>
    </Dialog>
  );
}
