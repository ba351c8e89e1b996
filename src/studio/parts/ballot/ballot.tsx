/**
 * @file The pictures of an update, shown to the person who is the run's reward: better, worse or not counted.
 *
 * Keys where a picture has the focus: ↑ better, ↓ worse, Space skip, ← → other pictures, Backspace takes the last vote back.
 */
import { useEffect, useRef } from 'react';
import { Button } from 'react-aria-components/Button';
import type { Vote } from '../../../formats/person';
import { sendVotes, undoVote, vote } from '../../remote/vote';
import { type Cast, groupOf, isComplete } from '../../state/ballot';
import { useStudio } from '../../state/store';
import { PictureCanvas } from '../picture-canvas';
import './ballot.css';

const CHOICES: { vote: Vote; label: string; key: string }[] = [
  { vote: 1, label: 'Better', key: 'ArrowUp' },
  { vote: 0, label: 'Worse', key: 'ArrowDown' },
  { vote: null, label: 'Skip', key: ' ' },
];

const IN_WORDS = new Map<Cast, string>([
  [1, 'better'],
  [0, 'worse'],
  [null, 'skipped'],
  [-1, 'no vote yet'],
]);

export function Ballot() {
  const ballot = useStudio((state) => state.ballot);
  const list = useRef<HTMLUListElement>(null);
  const asked = ballot && `${ballot.runId} ${ballot.step}`;
  // The first picture takes the focus when there is something new to vote on, unless somebody is typing.
  useEffect(() => {
    const typing = document.activeElement?.closest('input, textarea, [contenteditable], [role=dialog]');
    if (asked && !typing) focusOn(list.current, 0);
  }, [asked]);
  if (!ballot) return null;
  const { group, prompts, pictures, votes, order, sent, step } = ballot;
  const at = groupOf(ballot);
  const groups = pictures.length / group;
  const shown = Array.from({ length: group }, (_, i) => at * group + i);
  const cast = (i: number, choice: Vote) => {
    vote(i, choice);
    const next = shown.findIndex((other) => other > i && votes[other] === -1);
    if (next >= 0) focusOn(list.current, next);
  };
  const onKeyDown = (event: React.KeyboardEvent, i: number) => {
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    const choice = CHOICES.find(({ key }) => key === event.key);
    const onButton = event.target instanceof Element && event.target.closest('button');
    if (step) focusOn(list.current, i - at * group + step);
    else if (event.key === 'Backspace') undoVote();
    else if (choice && !(choice.key === ' ' && onButton)) cast(i, choice.vote);
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  return (
    <section className="ballot" aria-labelledby="ballot-title">
      <header className="section-head">
        <h2 id="ballot-title">Which of these are better?</h2>
        <p className="note" role="status">
          {sent
            ? `Thank you: update ${step} learns from your votes.`
            : `Update ${step} waits for your votes: ${order.length} of ${pictures.length}${groups > 1 ? `, group ${at + 1} of ${groups}` : ''}.`}
        </p>
      </header>
      <p className="ballot-prompt">“{prompts[at * group]}”</p>
      <ul ref={list} className="ballot-pictures">
        {shown.map((i) => (
          <li key={i} data-vote={String(votes[i])}>
            {/* biome-ignore lint/a11y/useSemanticElements: a picture with its choices, not a form */}
            <div
              role="group"
              // biome-ignore lint/a11y/noNoninteractiveTabindex: arrow keys vote on the picture that has the focus
              tabIndex={0}
              className="ballot-card"
              aria-label={`Picture ${i - at * group + 1} of ${group}, ${IN_WORDS.get(votes[i])}`}
              onKeyDown={(event) => onKeyDown(event, i)}
            >
              <PictureCanvas picture={pictures[i]} alt="" />
              <div className="ballot-choices">
                {CHOICES.map(({ vote: choice, label }) => (
                  <button
                    key={label}
                    type="button"
                    className="chip-button"
                    aria-pressed={votes[i] === choice}
                    disabled={sent}
                    onClick={() => cast(i, choice)}
                  >
                    {label}
                  </button>
                ))}
              </div>
            </div>
          </li>
        ))}
      </ul>
      <div className="ballot-actions">
        <Button className="button accent" isDisabled={sent || !isComplete(ballot)} onPress={() => void sendVotes()}>
          Train on these votes
        </Button>
        <Button className="button" isDisabled={sent || order.length === 0} onPress={undoVote}>
          Undo the last vote
        </Button>
        <p className="note">
          Keys on a picture: ↑ better, ↓ worse, Space skip, ← → move, Backspace undo. Votes are kept if you close the
          page.
        </p>
      </div>
    </section>
  );
}

/** Moves the focus to a picture of the list, where there is one. */
function focusOn(list: HTMLElement | null, place: number): void {
  list?.querySelectorAll<HTMLElement>('.ballot-card')[place]?.focus();
}
