/** @file The control words in force of a run or LoRA, and all that it was trained with, by the steps they began at. */
import { type ControlWords, type WordChange, wordHistory, wordsInForce } from '../../formats/control-words';
import './word-history.css';

export interface WordHistoryProps {
  /** With the words it began with. */
  run: { reward: ControlWords };
  changes: readonly WordChange[];
}

export function WordHistory({ run, changes }: WordHistoryProps) {
  const { positive, negative } = wordsInForce(run, changes);
  return (
    <div className="word-history">
      <span className="more">+ {positive.join(', ')}</span>
      <br />
      <span className="less">− {negative.join(', ')}</span>
      {changes.length > 0 && (
        <details>
          <summary>
            Words changed after step{changes.length > 1 ? 's' : ''} {changes.map(({ step }) => step).join(', ')}
          </summary>
          <ol>
            {wordHistory(run, changes).map((words) => (
              <li key={words.step}>
                {words.step === 0 ? 'At first' : `After step ${words.step}`}:{' '}
                <span className="more">+ {words.positive.join(', ')}</span>{' '}
                <span className="less">− {words.negative.join(', ')}</span>
              </li>
            ))}
          </ol>
        </details>
      )}
    </div>
  );
}
