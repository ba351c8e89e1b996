/**
 * @file The scrubber over training steps at the foot of the page: an ARIA slider with a mark wherever control words
 * changed. Its right end is the newest step; there the page follows the training.
 */
import { Fragment, type KeyboardEvent, type PointerEvent, useRef } from 'react';
import { wordsInForce } from '../../formats/control-words';
import { nextStep } from '../actions/next-step';
import { playTraining } from '../actions/play-training';
import { previousStep } from '../actions/previous-step';
import { signed } from '../numbers/in-words';
import { pausePlayback, setStep } from '../state/playback';
import { cursorStepOf, useMark, useStudio, viewOf } from '../state/store';
import { ActionButton } from './action-button';
import { BackIcon, ForwardIcon, PauseIcon, PlayIcon } from './icons';
import './step-scrubber.css';

export function StepScrubber() {
  const view = useStudio(viewOf);
  const step = useStudio(cursorStepOf);
  const playing = useStudio((state) => state.playing === 'step');
  const marked = useMark('training-step');
  const track = useRef<HTMLDivElement>(null);
  if (!view || view.step === 0) return null;
  const last = view.step;
  const end = Math.max(view.steps, last);
  const metrics = view.metrics.find((m) => m.step === step);
  const changed = view.wordChanges.filter((c) => c.step === step).at(-1);
  // Those that the update was made with; a change counts from the next.
  const words = wordsInForce(view.run, view.wordChanges, Math.max(step - 1, 0));
  const text = [
    step === 0 ? 'before training' : `step ${step} of ${end}`,
    metrics && `reward ${signed(metrics.reward)}`,
    changed && `words changed to more ${changed.positive.join(', ')}, less ${changed.negative.join(', ')}`,
  ]
    .filter(Boolean)
    .join(', ');
  const move = (to: number) => {
    pausePlayback();
    setStep(to);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.shiftKey) return;
    const moves: Record<string, number> = {
      ArrowRight: step + 1,
      ArrowUp: step + 1,
      ArrowLeft: step - 1,
      ArrowDown: step - 1,
      PageUp: step + 10,
      PageDown: step - 10,
      Home: 0,
      End: last,
    };
    if (moves[event.key] === undefined) return;
    event.preventDefault();
    move(moves[event.key]);
  };
  const onPointer = (event: PointerEvent) => {
    if (event.type === 'pointermove' && event.buttons !== 1) return;
    const box = track.current!.getBoundingClientRect();
    if (event.type === 'pointerdown') track.current!.setPointerCapture(event.pointerId);
    move(Math.round(((event.clientX - box.left) / box.width) * end));
  };
  const at = (s: number) => `${(100 * s) / end}%`;
  return (
    <footer className="scrubber" data-mark={marked}>
      <div className="transport">
        <ActionButton action={previousStep} kind="icon">
          <BackIcon />
        </ActionButton>
        <ActionButton action={playTraining} kind="icon">
          {playing ? <PauseIcon /> : <PlayIcon />}
        </ActionButton>
        <ActionButton action={nextStep} kind="icon">
          <ForwardIcon />
        </ActionButton>
      </div>
      <span className="scrubber-label">
        <span className="scrubber-name">Training step </span>
        <b>{step}</b>
        <span className="note"> of {end}</span>
      </span>
      <div
        ref={track}
        className="track"
        role="slider"
        tabIndex={0}
        aria-label="Training step"
        aria-valuemin={0}
        aria-valuemax={last}
        aria-valuenow={step}
        aria-valuetext={text}
        onKeyDown={onKeyDown}
        onPointerDown={onPointer}
        onPointerMove={onPointer}
      >
        <i className="trained" style={{ width: at(last) }} />
        <i className="passed" style={{ width: at(step) }} />
        {view.samples.map((row) => (
          <i key={row.step} className="tick" style={{ left: at(row.step) }} />
        ))}
        {view.wordChanges.map((change) => (
          <i
            key={change.step}
            className="words-changed"
            style={{ left: at(change.step) }}
            title={`Words changed at step ${change.step}: + ${change.positive.join(', ')}; − ${change.negative.join(', ')}`}
          />
        ))}
        <b style={{ left: at(step) }} />
      </div>
      <span className="scrubber-words">
        <Words kind="more" words={words.positive} used={metrics?.positive} />
        <Words kind="less" words={words.negative} used={metrics?.negative} />
      </span>
      {view.wordChanges.length > 0 && (
        <span className="note legend-words">
          <i className="words-changed" aria-hidden="true" /> words changed
        </span>
      )}
    </footer>
  );
}

/** A list of control words, the one that the update used in bold. */
function Words({ kind, words, used }: { kind: 'more' | 'less'; words: readonly string[]; used?: string | null }) {
  const sign = kind === 'more' ? '+' : '−';
  return (
    <span className={kind} title={`${sign} ${words.join(', ')}`}>
      {sign}{' '}
      {words.map((word, i) => (
        <Fragment key={word}>
          {i > 0 && ', '}
          {word === used ? <b>{word}</b> : word}
        </Fragment>
      ))}
    </span>
  );
}
