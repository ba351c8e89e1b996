/**
 * @file Every setting of the run file, read off the table of fields, but for the method's own options, which stand on
 * the page. A value is taken when the run file's schema accepts it; otherwise the schema's own words stand at the field
 * and the old value stays in use.
 */
import { useId } from 'react';
import { exportRunFile } from '../actions/export-run-file';
import { importAction } from '../actions/import';
import { resetSettings } from '../actions/reset-settings';
import { useOwnModel } from '../actions/use-own-model';
import type { Codec } from '../state/codecs';
import { fieldMessage } from '../state/field-message';
import { FIELDS, type Fields } from '../state/fields';
import { shownSettings } from '../state/shown';
import { setFields, useField, useStudio } from '../state/store';
import { ActionButton } from './action-button';
import { Dialog } from './dialog';
import { type TypedValue, useTyped } from './typed-value';
import './all-settings.css';

export default function AllSettings() {
  const locked = useStudio((state) => state.live !== null);
  const [method] = useField('method');
  const [hidden] = useField('hidden');
  const [rewardForm] = useField('rewardForm');
  return (
    <Dialog title="All settings" className="all-settings">
      <p className="note">
        {locked
          ? 'This run is fixed; “Set up a new run” frees the settings. Control words can be changed on the Align page at any time.'
          : 'These are the settings of run.json, the same file that the headless program reads.'}
      </p>
      {shownSettings({ method, hidden, rewardForm }).map(({ group, names }) => (
        <fieldset key={group} disabled={locked}>
          <legend>{group}</legend>
          {names.map((name) => (
            <FieldInput key={name} name={name} />
          ))}
        </fieldset>
      ))}
      <div className="dialog-actions">
        <ActionButton action={exportRunFile} />
        <ActionButton action={importAction} />
        <ActionButton action={resetSettings} />
        <ActionButton action={useOwnModel} />
      </div>
    </Dialog>
  );
}

/** A row of the table of fields. */
function FieldInput({ name }: { name: keyof Fields }) {
  const { setting } = FIELDS[name];
  const codec = FIELDS[name].codec as Codec<unknown>;
  const value = useStudio((state) => state.fields[name]);
  return (
    <SettingInput
      label={setting!.label}
      help={setting!.help}
      lines={setting!.lines}
      codec={codec}
      value={value}
      wrong={(next) => fieldMessage(name, next)}
      onChange={(next) => setFields({ [name]: next } as Partial<Fields>)}
    />
  );
}

interface SettingInputProps extends TypedValue<unknown> {
  label: string;
  help: string;
  lines?: boolean;
}

function SettingInput({ label, help, lines = false, ...typed }: SettingInputProps) {
  const id = useId();
  const { input, onEnter, message } = useTyped(typed);
  const shared = { ...input, id, className: 'input', 'aria-describedby': `${id}-help` };
  return (
    <div className="setting">
      <label htmlFor={id}>{label}</label>
      {lines ? (
        <textarea rows={Math.max(input.value.split('\n').length, 2)} {...shared} />
      ) : (
        <input {...shared} onKeyDown={onEnter} />
      )}
      <p id={`${id}-help`} className={message ? 'note wrong' : 'note'} role={message ? 'alert' : undefined}>
        {message ?? help}
      </p>
    </div>
  );
}
