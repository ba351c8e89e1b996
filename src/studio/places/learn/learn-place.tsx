/** @file The Learn place: a lesson, one step at a time, beside the real workspace, which its steps move. */
import { useEffect, useRef } from 'react';
import { Button } from 'react-aria-components/Button';
import { openGlossary } from '../../actions/open-glossary';
import { LESSONS, lessonOf } from '../../lessons';
import { enterStep, leaveLesson, pointAtLevel } from '../../lessons/enter';
import { showsOf } from '../../lessons/lesson';
import { ActionButton } from '../../parts/action-button';
import { PlaceLink } from '../../parts/place-link';
import { EMBED } from '../../state/embed';
import { setFields, timelineOf, useField, useStudio } from '../../state/store';
import { Laboratory } from './laboratory/laboratory';
import { LessonList } from './lesson-list';
import { LessonSheet } from './lesson-sheet';
import { Question } from './question';
import { STAGES } from './stages';
import './learn-place.css';

/** Where the text stands over what it speaks of. */
const ONE_COLUMN = matchMedia('(max-width: 980px)');

export default function LearnPlace() {
  const [lab] = useField('lab');
  return lab ? <Laboratory /> : <LessonPlace />;
}

function LessonPlace() {
  const [id] = useField('lesson');
  const [part] = useField('lessonStep');
  const [done, setDone] = useField('lessonsDone');
  const lesson = lessonOf(id);
  const at = Math.min(Math.max(part, 0), lesson.steps.length - 1);
  const step = lesson.steps[at];
  const isLast = at === lesson.steps.length - 1;
  const number = LESSONS.indexOf(lesson);
  const next = LESSONS[number + 1];
  const before = LESSONS[number - 1];
  // The columns of the timeline are known once it is there.
  const ready = useStudio((state) => timelineOf(state) !== null);
  useEffect(() => enterStep(step), [step]);
  useEffect(() => {
    if (ready) pointAtLevel(step);
  }, [step, ready]);
  useEffect(() => () => leaveLesson(), []);
  useEffect(() => {
    if (isLast && !done.includes(lesson.id)) setDone([...done, lesson.id]);
  }, [isLast, done, lesson, setDone]);
  const card = useRef<HTMLElement>(null);
  const stage = useRef<HTMLDivElement>(null);
  // What the step speaks of comes into sight; in one column its text stays above it.
  // biome-ignore lint/correctness/useExhaustiveDependencies: once a step, when what it shows is there
  useEffect(() => {
    const frame = requestAnimationFrame(() => bringIntoSight(stage.current!, card.current!));
    return () => cancelAnimationFrame(frame);
  }, [step, ready]);
  const goTo = (lessonStep: number) => {
    setFields({ lesson: lesson.id, lessonStep });
    // In one column the text goes to the top, and what it speaks of stands below.
    if (ONE_COLUMN.matches) card.current?.scrollIntoView({ block: 'start' });
  };
  return (
    <div className={`learn-place ${EMBED === null ? '' : 'embedded'}`}>
      <LessonSheet lesson={lesson} />
      <article className="lesson" aria-labelledby="lesson-title">
        <LessonList lesson={lesson} done={done} />
        {EMBED === null && (
          <PlaceLink className="lab-link" to={{ lab: true }}>
            Laboratory: every method on a plane, without a GPU
          </PlaceLink>
        )}
        <header className="lesson-head">
          <h2 id="lesson-title">{lesson.title}</h2>
          <p className="note">After this you know {lesson.outcome}</p>
        </header>
        <section ref={card} className="lesson-step" aria-labelledby="lesson-step-title" aria-live="polite">
          <p className="kicker">
            Step {at + 1} of {lesson.steps.length}
          </p>
          <h3 id="lesson-step-title">{step.title}</h3>
          <p>{step.text}</p>
          {step.question && <Question key={`${lesson.id}.${at}`} question={step.question} />}
          <div className="lesson-nav">
            {at === 0 && before ? (
              <Button
                className="button"
                onPress={() => setFields({ lesson: before.id, lessonStep: before.steps.length - 1 })}
              >
                Previous lesson
              </Button>
            ) : (
              <Button className="button" isDisabled={at === 0} onPress={() => goTo(at - 1)}>
                Previous
              </Button>
            )}
            {!isLast && (
              <Button className="button accent" onPress={() => goTo(at + 1)}>
                Next
              </Button>
            )}
            {isLast && next && (
              <Button className="button accent" onPress={() => setFields({ lesson: next.id, lessonStep: 0 })}>
                Next lesson
              </Button>
            )}
            <Button className="button quiet" onPress={() => enterStep(step)}>
              Show again
            </Button>
          </div>
        </section>
        <ol className="lesson-steps" aria-label="Steps of this lesson">
          {lesson.steps.map(({ title }, i) => (
            <li key={title}>
              <button type="button" aria-current={i === at ? 'step' : undefined} onClick={() => goTo(i)}>
                {title}
              </button>
            </li>
          ))}
        </ol>
        <p className="lesson-leave">
          <ActionButton action={openGlossary} kind="quiet">
            Glossary
          </ActionButton>
          <Button className="button quiet" onPress={() => print()}>
            Print
          </Button>
          {EMBED === null && (
            <Button
              className="button quiet"
              onPress={() => {
                leaveLesson(true);
                setFields({ place: 'align' });
              }}
            >
              Try it yourself in Align
            </Button>
          )}
        </p>
      </article>
      <div ref={stage} className="middle">
        {showsOf(step.state).map((name) => {
          const Part = STAGES[name];
          return <Part key={name} />;
        })}
      </div>
    </div>
  );
}

/** Distance of what is pointed at from what stands over the page. */
const AWAY = 14;

/** Scrolls the page so that the marked parts can be seen, the first before the last. */
function bringIntoSight(stage: Element, card: Element): void {
  const marked = [...stage.querySelectorAll('[data-mark]')].map((part) => part.getBoundingClientRect());
  if (marked.length === 0) return;
  const head = Number.parseFloat(getComputedStyle(stage.parentElement!).getPropertyValue('--head'));
  const over = ONE_COLUMN.matches ? card.getBoundingClientRect().height : 0;
  const foot = document.querySelector('.scrubber')?.getBoundingClientRect().height ?? 0;
  const above = Math.min(...marked.map(({ top }) => top)) - (head + over + AWAY);
  const below = Math.max(...marked.map(({ bottom }) => bottom)) - (innerHeight - foot - AWAY);
  if (above < 0) scrollBy(0, above);
  else if (below > 0) scrollBy(0, Math.min(above, below));
}
