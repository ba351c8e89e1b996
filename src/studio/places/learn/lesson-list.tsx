/** @file The list of lessons: links, with a tick at those that were read to their end. */
import { LESSONS } from '../../lessons';
import type { Lesson } from '../../lessons/lesson';
import { PlaceLink } from '../../parts/place-link';

export interface LessonListProps {
  /** The one that is open. */
  lesson: Lesson;
  /** Ids of those read to their end. */
  done: readonly string[];
}

export function LessonList({ lesson, done }: LessonListProps) {
  const read = LESSONS.filter(({ id }) => done.includes(id)).length;
  return (
    <nav aria-label="Lessons">
      <details className="lesson-list">
        <summary>
          Lesson {LESSONS.indexOf(lesson) + 1} of {LESSONS.length}
          <span className="note"> · {read} read</span>
          <span className="lesson-progress" aria-hidden="true">
            {LESSONS.map(({ id }) => (
              <i key={id} className={`${done.includes(id) ? 'done' : ''} ${id === lesson.id ? 'open' : ''}`} />
            ))}
          </span>
        </summary>
        <ol>
          {LESSONS.map(({ id, title }) => (
            <li key={id}>
              <PlaceLink to={{ lesson: id, lessonStep: 0 }} current={id === lesson.id}>
                {title}
                {done.includes(id) && (
                  <>
                    <span aria-hidden="true"> ✓</span>
                    <span className="hidden"> (read)</span>
                  </>
                )}
              </PlaceLink>
            </li>
          ))}
        </ol>
      </details>
    </nav>
  );
}
