/**
 * @file The method as one choice, with what it does in two sentences, the options it has and nothing of any other. The
 * form is made from what the method declares.
 */
import { type ReactNode, useId, useState } from 'react';
import { type Codec, real } from '../../state/codecs';
import { fieldMessage } from '../../state/field-message';
import type { Fields } from '../../state/fields';
import { FIELDS } from '../../state/fields';
import { optionCodec, optionValue, ownOptions, shapeOf } from '../../state/method-options';
import { METHODS, type MethodOption, methodOf } from '../../state/methods';
import { isShown } from '../../state/shown';
import { chooseMethod, getState, setFields, useField, useStudio } from '../../state/store';
import { fittingBatch } from '../../state/switch-method';
import { Choice } from '../choice';
import { type TypedValue, useTyped } from '../typed-value';
import './method-form.css';

const FORMS: Record<Fields['rewardForm'], { label: string; about: string }> = {
  relative: { label: '“More of” against “less of”', about: 'The reward of the wanted words minus that of the others.' },
  positive: { label: '“More of” alone', about: 'The reward of the prompt with a wanted word before it.' },
  prompt: { label: 'Prompt alone', about: 'The reward of the prompt without any word.' },
};

/** Sets an option; the batch follows where it sets how many pictures make a group. */
function withOption(fields: Fields, name: string, value: unknown): Fields {
  const has = methodOf(fields.method).options;
  const next = { ...fields, options: ownOptions({ ...fields.options, [name]: value }, has) };
  return { ...next, batch: fittingBatch(next) };
}

export function MethodForm() {
  const [method] = useField('method');
  const [hidden] = useField('hidden');
  const [rewardForm, setRewardForm] = useField('rewardForm');
  const locked = useStudio((state) => state.live !== null);
  const { about, options, forms, group } = methodOf(method);
  const shown = (name: keyof Fields) => isShown(name, { method, hidden, rewardForm });
  const id = useId();
  /** What the option that is looked at does. */
  const [help, setHelp] = useState<string | null>(null);
  const rows = shown('options') ? Object.entries(options) : [];
  return (
    <div className="method-form">
      {shown('method') && (
        <>
          <Choice label="Method" value={method} options={METHODS} onChange={chooseMethod} isDisabled={locked} />
          <p className="note">{about}</p>
        </>
      )}
      {rows.length > 0 && (
        <fieldset className="options" disabled={locked} aria-describedby={`${id}-help`}>
          <legend className="hidden">Options of {methodOf(method).label}</legend>
          {rows.map(([name, option]) => (
            <Row key={`${method}.${name}`} onLook={() => setHelp(`${option.label}: ${option.help}`)}>
              <OptionInput name={name} option={option} isDisabled={locked} />
            </Row>
          ))}
          {group && shown('batch') && (
            <Row onLook={() => setHelp(`${FIELDS.batch.setting!.label}: ${FIELDS.batch.setting!.help}`)}>
              <BatchInput />
            </Row>
          )}
          <p className="note" id={`${id}-help`}>
            {help ?? 'The defaults work. What an option does is said here when it is looked at.'}
          </p>
        </fieldset>
      )}
      {forms.length > 1 && shown('rewardForm') && (
        <Choice
          label="Reward form"
          value={rewardForm}
          options={forms.map((form) => ({ id: form, ...FORMS[form] }))}
          onChange={(form) => setRewardForm(form as Fields['rewardForm'])}
          isDisabled={locked}
        />
      )}
    </div>
  );
}

function Row({ onLook, children }: { onLook(): void; children: ReactNode }) {
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: it only notices that something inside is looked at
    <div className="option-row" onFocus={onLook} onPointerEnter={onLook}>
      {children}
    </div>
  );
}

interface OptionInputProps {
  name: string;
  option: MethodOption;
  isDisabled: boolean;
}

function OptionInput({ name, option, isDisabled }: OptionInputProps) {
  const [options] = useField('options');
  const [method] = useField('method');
  const value = optionValue(name, options, methodOf(method).options);
  const set = (next: unknown) => {
    const { options, batch } = withOption(getState().fields, name, next);
    setFields({ options, batch });
  };
  const wrong = (next: unknown) => {
    if (next === undefined) return `Expected ${shapeOf(option)}.`;
    const fields = withOption(getState().fields, name, next);
    return fieldMessage('options', fields.options, fields);
  };
  const { label } = option;
  switch (option.kind) {
    case 'flag':
      return (
        <label className="check">
          <span>{label}</span>
          <input
            type="checkbox"
            checked={value as boolean}
            disabled={isDisabled}
            onChange={(event) => set(event.target.checked)}
          />
        </label>
      );
    case 'choice':
      return (
        <>
          <span aria-hidden="true">{label}</span>
          <Choice
            label={label}
            hideLabel
            value={value as string}
            options={option.choices!.map((choice) => ({ id: choice, label: choice }))}
            onChange={set}
            isDisabled={isDisabled}
          />
        </>
      );
    case 'pair': {
      const pair = value as [number, number];
      const part = (at: 0 | 1) => ({
        codec: real as Codec<unknown>,
        value: pair[at],
        wrong: (next: unknown) => wrong(next === undefined ? undefined : pair.with(at, next as number)),
        onChange: (next: unknown) => set(pair.with(at, next as number)),
      });
      return (
        <>
          <span aria-hidden="true">{label}</span>
          <span className="pair-inputs">
            <TypedInput label={`${label}, first number`} {...part(0)} />
            <TypedInput label={`${label}, second number`} {...part(1)} />
          </span>
        </>
      );
    }
    default:
      return (
        <>
          <span aria-hidden="true">{label}</span>
          <TypedInput label={label} codec={optionCodec(option)} value={value} wrong={wrong} onChange={set} />
        </>
      );
  }
}

/** Pictures of an update, where they come in groups. */
function BatchInput() {
  const [batch, setBatch] = useField('batch');
  const { label } = FIELDS.batch.setting!;
  return (
    <>
      <span aria-hidden="true">{label}</span>
      <TypedInput
        label={label}
        codec={FIELDS.batch.codec as Codec<unknown>}
        value={batch}
        wrong={(next) => fieldMessage('batch', next)}
        onChange={(next) => setBatch(next as number)}
      />
    </>
  );
}

function TypedInput({ label, ...typed }: TypedValue<unknown> & { label: string }) {
  const id = useId();
  const { input, onEnter, message } = useTyped(typed);
  return (
    <>
      <input
        {...input}
        className="input"
        inputMode="decimal"
        aria-label={label}
        aria-describedby={message ? id : undefined}
        onKeyDown={onEnter}
      />
      {message && (
        <p className="note wrong" id={id} role="alert">
          {message}
        </p>
      )}
    </>
  );
}
