/** @file The lesson as a sheet of paper: its steps and questions, with the answers at the end. Seen in print alone. */
import type { Lesson } from '../../lessons/lesson';

export function LessonSheet({ lesson }: { lesson: Lesson }) {
  const questions = lesson.steps.flatMap(({ question }) => question ?? []);
  return (
    <section className="lesson-sheet" aria-hidden="true">
      <h2>{lesson.title}</h2>
      <p>After this you know {lesson.outcome}</p>
      <ol>
        {lesson.steps.map(({ title, text, question }) => (
          <li key={title}>
            <h3>{title}</h3>
            <p>{text}</p>
            {question && (
              <>
                <p>
                  <b>{question.text}</b>
                </p>
                <ul>
                  {question.answers.map((answer) => (
                    <li key={answer.text}>☐ {answer.text}</li>
                  ))}
                </ul>
              </>
            )}
          </li>
        ))}
      </ol>
      {questions.length > 0 && (
        <footer>
          <h3>Answers</h3>
          {questions.map(({ text, answers }) => {
            const right = answers.find((answer) => answer.right)!;
            return (
              <p key={text}>
                {text} <b>{right.text}.</b> {right.because}
              </p>
            );
          })}
        </footer>
      )}
    </section>
  );
}
