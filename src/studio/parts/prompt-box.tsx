/**
 * @file Prompts, one a line, with suggestions for the line being typed and a quiet note where one names a thing that
 * the base was not trained on.
 */
import { useId, useRef, useState } from 'react';
import { Button } from 'react-aria-components/Button';
import { useStudio } from '../state/store';
import { suggest, unknownConcepts } from './vocabulary';
import './prompt-box.css';

export interface PromptBoxProps {
  label: string;
  prompts: string[];
  onChange(prompts: string[]): void;
  placeholder?: string;
  isDisabled?: boolean;
  /** Lines in view: at least, and at most before it scrolls. */
  rows?: number;
  most?: number;
}

/** The text of the line that holds the position, and where it begins and ends. */
function lineAt(text: string, position: number) {
  const begin = text.lastIndexOf('\n', position - 1) + 1;
  const end = text.indexOf('\n', position);
  return { begin, end: end < 0 ? text.length : end, line: text.slice(begin, end < 0 ? undefined : end) };
}

const linesOf = (text: string) =>
  text
    .split('\n')
    .map((line) => line.trim())
    .filter(Boolean);

export function PromptBox({ label, prompts, onChange, placeholder, isDisabled, rows = 4, most = 8 }: PromptBoxProps) {
  const id = useId();
  const box = useRef<HTMLTextAreaElement>(null);
  const [draft, setDraft] = useState<string | null>(null);
  const [position, setPosition] = useState(0);
  const groups = useStudio((state) => state.bundle?.words);
  const words = groups ?? [];
  const styles = useStudio((state) => state.bundle?.styles) ?? [];
  // While nothing but blank lines differs, the text stays as it was typed.
  const kept = draft !== null && linesOf(draft).join('\n') === prompts.join('\n');
  const text = kept ? draft : prompts.join('\n');
  const { begin, end, line } = lineAt(text, position);
  const [editing, setEditing] = useState(false);
  const suggestions = editing && line.trim() ? suggest(line, words.flat(), 5) : [];
  // The line being completed is left in peace.
  const settled = suggestions.length > 0 ? prompts.filter((prompt) => prompt !== line.trim()) : prompts;
  const unknown = unknownConcepts(settled, words, styles);

  const change = (next: string) => {
    setDraft(next);
    onChange(linesOf(next));
  };
  const insert = (word: string) => {
    change(text.slice(0, begin) + word + text.slice(end));
    setPosition(begin + word.length);
    requestAnimationFrame(() => {
      box.current?.focus();
      box.current?.setSelectionRange(begin + word.length, begin + word.length);
    });
  };
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: it only notices that focus is inside
    <div
      className="prompt-box"
      onFocus={() => setEditing(true)}
      onBlur={(event) => {
        if (!event.currentTarget.contains(event.relatedTarget)) setEditing(false);
      }}
    >
      <label className="label" htmlFor={id}>
        {label}
      </label>
      <textarea
        id={id}
        ref={box}
        className="input"
        rows={Math.min(Math.max(rows, text.split('\n').length), most)}
        value={text}
        placeholder={placeholder}
        disabled={isDisabled}
        spellCheck={false}
        aria-describedby={`${id}-note`}
        onChange={(event) => {
          // A paste or an input method moves the caret without a key.
          setPosition(event.target.selectionStart);
          change(event.target.value);
        }}
        onSelect={(event) => setPosition(event.currentTarget.selectionStart)}
      />
      {/* A box shows on paper what was in view; this is all of it. */}
      <p className="prompts-on-paper" aria-hidden="true">
        {prompts.join(', ')}
      </p>
      {suggestions.length > 0 && (
        // biome-ignore lint/a11y/useSemanticElements: a fieldset would draw a frame
        <div className="suggestions" role="group" aria-label="Suggestions">
          {suggestions.map((word) => (
            <Button key={word} className="chip-button" onPress={() => insert(word)}>
              {word}
            </Button>
          ))}
        </div>
      )}
      <p className="note" id={`${id}-note`}>
        {prompts.length === 1 ? 'One prompt' : `${prompts.length} prompts`}, one a line.
        {unknown.length > 0 &&
          ` This base was hardly taught ${unknown
            .slice(0, 3)
            .map((word) => `“${word}”`)
            .join(', ')}${unknown.length > 3 ? ` and ${unknown.length - 3} more` : ''}; it may draw something else.`}
      </p>
    </div>
  );
}
