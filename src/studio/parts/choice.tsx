/** @file A labelled drop-down choice. */
import { Button } from 'react-aria-components/Button';
import { Label } from 'react-aria-components/Label';
import { ListBox, ListBoxItem } from 'react-aria-components/ListBox';
import { Popover } from 'react-aria-components/Popover';
import { Select, SelectValue } from 'react-aria-components/Select';
import { Text } from 'react-aria-components/Text';

export interface ChoiceProps {
  label: string;
  value: string;
  options: readonly { id: string; label: string; about?: string }[];
  onChange(id: string): void;
  isDisabled?: boolean;
  /** Keeps the label for screen readers only. */
  hideLabel?: boolean;
}

export function Choice({ label, value, options, onChange, isDisabled, hideLabel }: ChoiceProps) {
  return (
    <Select
      className="field"
      aria-label={hideLabel ? label : undefined}
      selectedKey={value}
      onSelectionChange={(key) => key !== null && onChange(String(key))}
      isDisabled={isDisabled}
    >
      {!hideLabel && <Label className="label">{label}</Label>}
      <Button className="select-button">
        <SelectValue className="select-value">{({ selectedText }) => selectedText}</SelectValue>
        <span aria-hidden="true" className="caret" />
      </Button>
      <Popover className="popover">
        <ListBox className="listbox" items={options}>
          {(option) => (
            <ListBoxItem id={option.id} textValue={option.label} className="option">
              <Text slot="label">{option.label}</Text>
              {option.about && (
                <Text slot="description" className="note">
                  {option.about}
                </Text>
              )}
            </ListBoxItem>
          )}
        </ListBox>
      </Popover>
    </Select>
  );
}
