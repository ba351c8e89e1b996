/**
 * @file The options of a method, a label and a field a line, made from what the method declares. A sentence above says
 * what the one that is looked at does.
 */
import { type ReactNode, useId, useState } from 'react';
import { type Codec, real } from '../state/codecs';
import { optionCodec, optionValue, ownOptions, shapeOf } from '../state/method-options';
import type { MethodChoice, MethodOption } from '../state/methods';
import { Choice } from './choice';
import { type TypedValue, useTyped } from './typed-value';
import './option-rows.css';

export interface OptionRowsProps {
  method: MethodChoice;
  /** Those that differ from the method's defaults. */
  options: Readonly<Record<string, unknown>>;
  onChange(options: Record<string, unknown>): void;
  /** What is wrong with these options: a sentence, or null. */
  wrong(options: Record<string, unknown>): string | null;
  isDisabled?: boolean;
  /** A further row, and what its field does. */
  more?: { help: string; row: ReactNode };
}

export function OptionRows({ method, options, onChange, wrong, isDisabled = false, more }: OptionRowsProps) {
  const id = useId();
  /** What the option that is looked at does. */
  const [help, setHelp] = useState<string | null>(null);
  const rows = Object.entries(method.options);
  if (rows.length === 0) return null;
  const withOption = (name: string, value: unknown) => ownOptions({ ...options, [name]: value }, method.options);
  return (
    <fieldset className="options" disabled={isDisabled} aria-describedby={`${id}-help`}>
      <legend className="hidden">Options of {method.label}</legend>
      <p className="note" id={`${id}-help`}>
        {help ?? 'The defaults work. What an option does is said here when it is looked at.'}
      </p>
      {rows.map(([name, option]) => (
        <Row key={`${method.id}.${name}`} onLook={() => setHelp(`${option.label}: ${option.help}`)}>
          <OptionInput
            option={option}
            value={optionValue(name, options, method.options)}
            set={(next) => onChange(withOption(name, next))}
            wrong={(next) => (next === undefined ? `Expected ${shapeOf(option)}.` : wrong(withOption(name, next)))}
            isDisabled={isDisabled}
          />
        </Row>
      ))}
      {more && <Row onLook={() => setHelp(more.help)}>{more.row}</Row>}
    </fieldset>
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
  option: MethodOption;
  value: unknown;
  set(value: unknown): void;
  wrong(value: unknown): string | null;
  isDisabled: boolean;
}

function OptionInput({ option, value, set, wrong, isDisabled }: OptionInputProps) {
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

export function TypedInput({ label, ...typed }: TypedValue<unknown> & { label: string }) {
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
