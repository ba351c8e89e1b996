/**
 * @file Control words as chips, with suggestions while one is typed.
 *
 * More-of and less-of differ by their sign as well as by colour.
 */
import { useState } from 'react';
import { Button } from 'react-aria-components/Button';
import { ComboBox } from 'react-aria-components/ComboBox';
import { Input } from 'react-aria-components/Input';
import { Label } from 'react-aria-components/Label';
import { ListBox, ListBoxItem } from 'react-aria-components/ListBox';
import { Popover } from 'react-aria-components/Popover';
import { Tag, TagGroup, TagList } from 'react-aria-components/TagGroup';
import { useMark, useStudio } from '../state/store';
import { suggest, unknownStyles } from './vocabulary';
import { aboutOf, SightMark, SightNotes, useSight } from './word-sight';
import './word-chips.css';

export interface WordChipsProps {
  kind: 'more' | 'less';
  words: string[];
  onChange(words: string[]): void;
}

export function WordChips({ kind, words, onChange }: WordChipsProps) {
  const [typed, setTyped] = useState('');
  const marked = useMark('words');
  const sign = kind === 'more' ? '+' : '−';
  const label = kind === 'more' ? 'More of' : 'Less of';
  const add = (word: string) => {
    const clean = word.trim();
    if (clean && !words.includes(clean)) onChange([...words, clean]);
    setTyped('');
  };
  const styles = useStudio((state) => state.bundle?.styles) ?? [];
  const unknown = unknownStyles(words, styles);
  const sight = useSight();
  const rest = styles.map((group) => group.filter((w) => !words.includes(w))).filter((group) => group.length > 0);
  // Nothing is offered before something is typed: the list would open again after each word and cover the page.
  const offered = typed.trim() === '' ? [] : rest.flat();
  const suggestions = suggest(typed, offered).map((word) => ({ id: word, word }));
  return (
    <div className={`words ${kind}`} data-mark={marked}>
      <TagGroup
        className="word-group"
        onRemove={(keys) => {
          const left = words.filter((w) => !keys.has(w));
          if (left.length > 0) onChange(left);
        }}
      >
        <Label className="label">{label}</Label>
        <TagList className="chips" items={words.map((word) => ({ id: word, word, seen: sight(word) }))}>
          {({ word, seen }) => (
            <Tag
              className="word"
              textValue={`${label.toLowerCase()} ${word}`}
              aria-label={seen ? `${word}. ${aboutOf(seen, word)}` : undefined}
            >
              <span aria-hidden="true">{sign}</span> {word}
              {seen && <SightMark seen={seen} word={word} />}
              <Button slot="remove" className="remove" aria-label={`Remove ${word}`} isDisabled={words.length === 1}>
                ×
              </Button>
            </Tag>
          )}
        </TagList>
      </TagGroup>
      <ComboBox
        className="add-word"
        aria-label={`Add a word to “${label.toLowerCase()}”`}
        items={suggestions}
        inputValue={typed}
        onInputChange={setTyped}
        selectedKey={null}
        onSelectionChange={(key) => key !== null && add(String(key))}
        allowsCustomValue
        menuTrigger="input"
        allowsEmptyCollection={false}
      >
        <Input
          className="input"
          placeholder="add a word"
          onKeyDown={(event) => {
            const input = event.currentTarget;
            if (event.key === 'Enter' && !input.getAttribute('aria-activedescendant')) {
              event.preventDefault();
              add(typed);
            }
          }}
        />
        <Popover className="popover">
          <ListBox className="listbox">
            {({ word }: { word: string }) => (
              <ListBoxItem className="option" textValue={word}>
                {word}
              </ListBoxItem>
            )}
          </ListBox>
        </Popover>
      </ComboBox>
      <SightNotes
        words={words}
        unknown={unknown}
        onReplace={(from, to) =>
          onChange(words.flatMap((word) => (word !== from ? [word] : words.includes(to) ? [] : [to])))
        }
      />
      {rest.length > 0 && (
        <details className="known-words">
          <summary className="note">Words this base knows</summary>
          {rest.map((group) => (
            <div key={group[0]} className="chips">
              {group.map((word) => (
                <Button key={word} className="chip-button" aria-label={`Add ${word}`} onPress={() => add(word)}>
                  {word}
                </Button>
              ))}
            </div>
          ))}
        </details>
      )}
    </div>
  );
}
