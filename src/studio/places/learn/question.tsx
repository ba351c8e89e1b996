/** @file A question of a lesson: what is right is said only after a choice, of the one chosen. */
import { useId, useState } from 'react';
import type { LessonStep } from '../../lessons/lesson';

export function Question({ question }: { question: NonNullable<LessonStep['question']> }) {
  const id = useId();
  const [chosen, setChosen] = useState<number | null>(null);
  const answer = chosen === null ? null : question.answers[chosen];
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset would draw a frame
    <div className="question" role="group" aria-labelledby={id}>
      <p id={id}>{question.text}</p>
      {question.answers.map(({ text }, i) => (
        <button
          key={text}
          type="button"
          className="chip-button"
          aria-pressed={chosen === i}
          onClick={() => setChosen(i)}
        >
          {text}
        </button>
      ))}
      <p role="status" className={answer?.right ? 'more' : 'less'}>
        {answer && `${answer.right ? 'Yes.' : 'No.'} ${answer.because}`}
      </p>
    </div>
  );
}
