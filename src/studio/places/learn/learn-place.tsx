/** @file The Learn place: a lesson beside the real timeline, which its steps move. */
import { useState } from 'react';
import { Button } from 'react-aria-components/Button';
import { Timeline } from '../../parts/timeline/timeline';
import { pausePlayback, play } from '../../state/playback';
import { setFields, useField } from '../../state/store';
import { LESSONS, type LessonStep } from './lessons';
import './learn-place.css';

export default function LearnPlace() {
  const [index] = useField('lesson');
  const [at, setAt] = useState<number | null>(null);
  const lesson = LESSONS[Math.min(Math.max(index, 0), LESSONS.length - 1)];
  const show = (i: number) => {
    const step: LessonStep = lesson.steps[i];
    setAt(i);
    pausePlayback();
    setFields(step.shows);
    if (step.plays) play('sigma');
    // On a phone the timeline is below the text.
    document.querySelector('.timeline')?.scrollIntoView({ block: 'nearest' });
  };
  return (
    <div className="learn-place">
      <article className="lesson" aria-labelledby="lesson-title">
        <p className="kicker">Lesson {LESSONS.indexOf(lesson) + 1}</p>
        <h2 id="lesson-title">{lesson.title}</h2>
        <p>{lesson.intro}</p>
        <ol className="lesson-steps">
          {lesson.steps.map((step, i) => (
            <li key={step.title} aria-current={at === i ? 'step' : undefined}>
              <h3>{step.title}</h3>
              <p>{step.text}</p>
              <Button className="button" onPress={() => show(i)} aria-label={`Show me: ${step.title}`}>
                Show me
              </Button>
            </li>
          ))}
        </ol>
        <div className="lesson-nav">
          <Button className="button quiet" onPress={() => setFields({ place: 'align' })}>
            Try it yourself in Align
          </Button>
        </div>
      </article>
      <div className="middle">
        <Timeline />
      </div>
    </div>
  );
}
