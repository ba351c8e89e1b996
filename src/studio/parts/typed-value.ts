/**
 * @file A value that is typed: taken when the field is left or Enter is pressed and the value can be used; otherwise a
 * sentence says why not, and the old value stays in use.
 */
import { type KeyboardEvent, useEffect, useState } from 'react';
import type { Codec } from '../state/codecs';

export interface TypedValue<T> {
  codec: Codec<T>;
  value: T;
  /** A sentence where the value cannot be taken; undefined is text that could not be read. */
  wrong(value: T | undefined): string | null;
  onChange(value: T): void;
}

/** What an input needs, and the sentence where what was typed cannot be taken. */
export function useTyped<T>({ codec, value, wrong, onChange }: TypedValue<T>) {
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
    if (codec.write(next!) !== inUse) onChange(next!);
  };
  const input = {
    value: draft,
    'aria-invalid': message !== null,
    onBlur: commit,
    onChange: (event: { target: { value: string } }) => setTyped(event.target.value),
  };
  const onEnter = (event: KeyboardEvent) => event.key === 'Enter' && commit();
  return { input, onEnter, message };
}
