/** @file The list of lessons: links, with a tick at those that were read to their end. */
import { LESSONS } from '../../lessons';
import type { Lesson } from '../../lessons/lesson';
import { writePermalink } from '../../state/permalink';
import { getState, setFields } from '../../state/store';

export interface LessonListProps {
  /** The one that is open. */
  lesson: Lesson;
  /** Ids of those read to their end. */
  done: readonly string[];
}

export function LessonList({ lesson, done }: LessonListProps) {
  return (
    <nav aria-label="Lessons">
      <details className="lesson-list">
        <summary>
          Lesson {LESSONS.indexOf(lesson) + 1} of {LESSONS.length}
          <span className="note"> · {LESSONS.filter(({ id }) => done.includes(id)).length} read</span>
        </summary>
        <ol>
          {LESSONS.map(({ id, title }) => (
            <li key={id}>
              <a
                href={writePermalink({ ...getState().fields, lesson: id, lessonStep: 0 })}
                aria-current={id === lesson.id ? 'true' : undefined}
                onClick={(event) => {
                  if (event.metaKey || event.ctrlKey || event.shiftKey) return;
                  event.preventDefault();
                  setFields({ lesson: id, lessonStep: 0 });
                }}
              >
                {title}
                {done.includes(id) && (
                  <>
                    <span aria-hidden="true"> ✓</span>
                    <span className="hidden"> (read)</span>
                  </>
                )}
              </a>
            </li>
          ))}
        </ol>
      </details>
    </nav>
  );
}
