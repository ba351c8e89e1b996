/** @file A typed list of numbers. */
import { useId } from 'react';
import { useTyped } from '../../parts/typed-value';
import type { Codec } from '../../state/codecs';

export interface NumberListProps {
  label: string;
  codec: Codec<number[]>;
  value: number[];
  placeholder?: string;
  /** A sentence where the list cannot be taken; undefined is text that could not be read. */
  wrong(value: number[] | undefined): string | null;
  onChange(value: number[]): void;
}

export function NumberList({ label, placeholder, ...typed }: NumberListProps) {
  const id = useId();
  const { input, onEnter, message } = useTyped(typed);
  return (
    <div>
      <label className="label" htmlFor={id}>
        {label}
      </label>
      <input
        id={id}
        className="input"
        type="text"
        inputMode="decimal"
        spellCheck={false}
        placeholder={placeholder}
        aria-describedby={message ? `${id}-wrong` : undefined}
        {...input}
        onKeyDown={(event) => {
          onEnter(event);
          // Enter draws, but not something else than is written here.
          if (event.key === 'Enter' && typed.wrong(typed.codec.read(input.value.trim()))) event.preventDefault();
        }}
      />
      {message && (
        <p id={`${id}-wrong`} className="note wrong" role="alert">
          {message}
        </p>
      )}
    </div>
  );
}
