/**
 * @file Every setting of the run file, read off the table of fields. A value is taken when the run file's schema
 * accepts it; otherwise the schema's own words stand at the field and the old value stays in use.
 */
import { useEffect, useId, useState } from 'react';
import { exportRunFile } from '../actions/export-run-file';
import { importAction } from '../actions/import';
import { resetSettings } from '../actions/reset-settings';
import { type Codec, rewardMix } from '../state/codecs';
import { fieldMessage } from '../state/field-message';
import { FIELD_NAMES, FIELDS, type Fields } from '../state/fields';
import { setFields, useStudio } from '../state/store';
import { ActionButton } from './action-button';
import { Dialog } from './dialog';
import './all-settings.css';

const GROUPS = [...new Set(FIELD_NAMES.flatMap((name) => FIELDS[name].setting?.group ?? []))];

export default function AllSettings() {
  const locked = useStudio((state) => state.live !== null);
  return (
    <Dialog title="All settings" className="all-settings">
      <p className="note">
        {locked
          ? 'This run is fixed; “Set up a new run” frees the settings. Control words can be changed on the Align page at any time.'
          : 'These are the settings of run.json, the same file that the headless program reads.'}
      </p>
      {GROUPS.map((group) => (
        <fieldset key={group} disabled={locked}>
          <legend>{group}</legend>
          {FIELD_NAMES.filter((name) => FIELDS[name].setting?.group === group).map((name) => (
            <SettingRow key={name} name={name} />
          ))}
          {group === 'Reward' && (
            <SettingInput
              name="reward"
              codec={rewardMix as Codec<unknown>}
              label="Reward"
              help="One name, or several with weights: clip:1,preference:0.5"
            />
          )}
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

function SettingRow({ name }: { name: keyof Fields }) {
  const { setting, codec } = FIELDS[name];
  return <SettingInput name={name} codec={codec as Codec<unknown>} label={setting!.label} help={setting!.help} />;
}

interface SettingInputProps {
  name: keyof Fields;
  codec: Codec<unknown>;
  label: string;
  help: string;
}

function SettingInput({ name, codec, label, help }: SettingInputProps) {
  const id = useId();
  const value = useStudio((state) => state.fields[name]);
  const inUse = codec.write(value);
  /** What was typed and is not in use: being typed, or wrong. */
  const [typed, setTyped] = useState<string | null>(null);
  const [message, setMessage] = useState<string | null>(null);
  const draft = typed ?? inUse;
  const many = name === 'targets' || name === 'samplePrompts';
  // biome-ignore lint/correctness/useExhaustiveDependencies: a value that changed, by a reset too, takes the draft's place
  useEffect(() => {
    setTyped(null);
    setMessage(null);
  }, [inUse]);
  const commit = () => {
    if (typed === null) return;
    const next = codec.read(draft.trim());
    const wrong = fieldMessage(name, next);
    setMessage(wrong);
    if (wrong) return;
    setTyped(null);
    if (codec.write(next) !== inUse) setFields({ [name]: next } as Partial<Fields>);
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
      {many ? (
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
