/**
 * @file Every setting of the run file, read off the table of fields. A value is taken when the run file's schema
 * accepts it; otherwise the schema's own words stand at the field and the old value stays in use.
 */
import { useEffect, useId, useState } from 'react';
import { exportRunFile } from '../actions/export-run-file';
import { importAction } from '../actions/import';
import { resetSettings } from '../actions/reset-settings';
import type { Codec } from '../state/codecs';
import { fieldMessage } from '../state/field-message';
import { FIELDS, type Fields } from '../state/fields';
import { optionCodec, shapeOf } from '../state/method-options';
import { type MethodOption, methodOf } from '../state/methods';
import { shownSettings } from '../state/shown';
import { setFields, useField, useStudio } from '../state/store';
import { ActionButton } from './action-button';
import { Dialog } from './dialog';
import './all-settings.css';

export default function AllSettings() {
  const locked = useStudio((state) => state.live !== null);
  const [method] = useField('method');
  const [hidden] = useField('hidden');
  const { label, options } = methodOf(method);
  return (
    <Dialog title="All settings" className="all-settings">
      <p className="note">
        {locked
          ? 'This run is fixed; “Set up a new run” frees the settings. Control words can be changed on the Align page at any time.'
          : 'These are the settings of run.json, the same file that the headless program reads.'}
      </p>
      {Object.keys(options).length > 0 && (
        <fieldset disabled={locked}>
          <legend>{label}</legend>
          {Object.entries(options).map(([key, option]) => (
            <OptionInput key={`${method}.${key}`} name={key} option={option} />
          ))}
        </fieldset>
      )}
      {shownSettings({ method, hidden }).map(({ group, names }) => (
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

/** An option of the chosen method. */
function OptionInput({ name, option }: { name: string; option: MethodOption }) {
  const [options, setOptions] = useField('options');
  const withOption = (value: unknown) => ({ ...options, [name]: value });
  return (
    <SettingInput
      label={option.label}
      help={option.help}
      codec={optionCodec(option)}
      value={options[name] ?? option.default}
      wrong={(next) =>
        next === undefined ? `Expected ${shapeOf(option)}.` : fieldMessage('options', withOption(next))
      }
      onChange={(next) => setOptions(withOption(next))}
    />
  );
}

interface SettingInputProps {
  label: string;
  help: string;
  lines?: boolean;
  codec: Codec<unknown>;
  value: unknown;
  /** A sentence where the value cannot be taken; undefined is text that could not be read. */
  wrong(value: unknown): string | null;
  onChange(value: unknown): void;
}

function SettingInput({ label, help, lines = false, codec, value, wrong, onChange }: SettingInputProps) {
  const id = useId();
  const inUse = codec.write(value);
  /** What was typed and is not in use: being typed, or wrong. */
  const [typed, setTyped] = useState<string | null>(null);
  const [message, setMessage] = useState<string | null>(null);
  const draft = typed ?? inUse;
  // biome-ignore lint/correctness/useExhaustiveDependencies: a value that changed, by a reset too, takes the draft's place
  useEffect(() => {
    setTyped(null);
    setMessage(null);
  }, [inUse]);
  const commit = () => {
    if (typed === null) return;
    const next = codec.read(draft.trim());
    const sentence = wrong(next);
    setMessage(sentence);
    if (sentence) return;
    setTyped(null);
    if (codec.write(next) !== inUse) onChange(next);
  };
  const shared = {
    id,
    className: 'input',
    value: draft,
    'aria-invalid': message !== null,
    'aria-describedby': `${id}-help`,
    onBlur: commit,
    onChange: (event: { target: { value: string } }) => setTyped(event.target.value),
  };
  return (
    <div className="setting">
      <label htmlFor={id}>{label}</label>
      {lines ? (
        <textarea rows={Math.max(draft.split('\n').length, 2)} {...shared} />
      ) : (
        <input {...shared} onKeyDown={(event) => event.key === 'Enter' && commit()} />
      )}
      <p id={`${id}-help`} className={message ? 'note wrong' : 'note'} role={message ? 'alert' : undefined}>
        {message ?? help}
      </p>
    </div>
  );
}
