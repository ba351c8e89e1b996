/** @file The control words in force of a run or LoRA, and all that it was trained with, by the steps they began at. */
import { type ControlWords, type WordChange, wordHistory, wordsInForce } from '../../formats/control-words';
import type { RewardForm } from '../../formats/run-file';
import './word-history.css';

export interface WordHistoryProps {
  /** With the words it began with; words that its reward form scores nothing by are left out. */
  run: { reward: ControlWords & { form?: RewardForm } };
  changes: readonly WordChange[];
}

export function WordHistory({ run, changes }: WordHistoryProps) {
  const { form = 'relative' } = run.reward;
  if (form === 'prompt') return null;
  const parts = ({ positive, negative }: ControlWords) => ({
    more: <span className="more">+ {positive.join(', ')}</span>,
    less: form === 'relative' && <span className="less">− {negative.join(', ')}</span>,
  });
  const { more, less } = parts(wordsInForce(run, changes));
  return (
    <div className="word-history">
      <div>{more}</div>
      {less && <div>{less}</div>}
      {changes.length > 0 && (
        <details>
          <summary>
            Words changed after step{changes.length > 1 ? 's' : ''} {changes.map(({ step }) => step).join(', ')}
          </summary>
          <ol>
            {wordHistory(run, changes).map((words) => (
              <li key={words.step}>
                {words.step === 0 ? 'At first' : `After step ${words.step}`}: {parts(words).more} {parts(words).less}
              </li>
            ))}
          </ol>
        </details>
      )}
    </div>
  );
}
