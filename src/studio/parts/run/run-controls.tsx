/** @file Align, pause, single step, stop and keep, extend; progress, time left, seconds a step and memory. */
import { useRef } from 'react';
import { useShallow } from 'zustand/react/shallow';
import { align } from '../../actions/align';
import { anotherSeed } from '../../actions/another-seed';
import { cancelStart } from '../../actions/cancel-start';
import { continueRunAction } from '../../actions/continue-run';
import { extend, MORE } from '../../actions/extend';
import { newRun } from '../../actions/new-run';
import { notifyWhenDone } from '../../actions/notify-when-done';
import { pause } from '../../actions/pause';
import { resumeUnfinished } from '../../actions/resume-unfinished';
import { singleStep } from '../../actions/single-step';
import { stop } from '../../actions/stop';
import { bytes, duration } from '../../numbers/in-words';
import { repeatedRun } from '../../state/left-run';
import { otherBaseOf } from '../../state/other-base';
import { restingStage, runStage } from '../../state/progress';
import { secondsLeft } from '../../state/run-view';
import { useStudio } from '../../state/store';
import { ActionButton } from '../action-button';
import { DownloadSize } from '../download-size';
import { PauseIcon, PlayIcon } from '../icons';
import { useKeptFocus } from '../kept-focus';
import { Progress } from '../progress';
import './run-controls.css';

export function RunControls() {
  const live = useStudio((state) => state.live);
  const unfinished = useStudio((state) => state.unfinished);
  const starts = useStudio((state) => state.cancelStart !== null);
  const opening = useStudio((state) => state.opened === 'opening');
  const whyNot = useStudio((state) => align.whyNot?.(state) ?? null);
  const elsewhere = useStudio(otherBaseOf);
  const repeated = useStudio(repeatedRun);
  const holds = live !== null && !elsewhere && live.state !== 'stopped' && live.state !== 'finished';
  const box = useRef<HTMLElement>(null);
  const keepsFocus = useKeptFocus(box, (section) =>
    section.querySelector('.button.primary:not(:disabled), [data-action="cancel-start"]'),
  );
  return (
    <section ref={box} className="run-controls" aria-label="Run" tabIndex={-1} {...keepsFocus}>
      {unfinished && !live && (
        <div className="unfinished">
          <p>
            “{unfinished.name}” stopped at step {unfinished.step} of {unfinished.steps} when its tab was closed.
          </p>
          <ActionButton action={resumeUnfinished}>Go on</ActionButton>
        </div>
      )}
      {elsewhere && <p className="note">{elsewhere}</p>}
      {starts && <ActionButton action={cancelStart}>Cancel</ActionButton>}
      {!starts && live && !holds && (
        <>
          <ActionButton action={newRun} kind="primary" />
          <p className="note">The settings are those of “{live.name}”; a new run begins with them.</p>
        </>
      )}
      {!starts && !live && (
        <>
          <ActionButton action={align} kind="primary">
            <PlayIcon />
            <span>
              Align
              <DownloadSize />
            </span>
          </ActionButton>
          {whyNot && (
            <p className={`note ${opening ? '' : 'wrong'}`} role="status">
              {whyNot}
            </p>
          )}
          {repeated && (
            <div className="repeated" role="status">
              <p className="note">These are the settings of “{repeated}”, seed included: it would come out the same.</p>
              <ActionButton action={anotherSeed} kind="quiet" />
            </div>
          )}
        </>
      )}
      {!starts && holds && (
        <>
          {live.state === 'paused' ? (
            <ActionButton action={continueRunAction} kind="primary">
              <PlayIcon /> Continue
            </ActionButton>
          ) : (
            <ActionButton action={pause} kind="primary">
              <PauseIcon /> Pause
            </ActionButton>
          )}
          <div className="three">
            <ActionButton action={singleStep}>One step</ActionButton>
            <ActionButton action={stop}>Stop and keep</ActionButton>
            <ActionButton action={extend}>{MORE} more</ActionButton>
          </div>
        </>
      )}
      <RunProgress />
      {live?.source === 'live' && (live.state === 'starting' || live.state === 'running') && (
        <ActionButton action={notifyWhenDone} kind="quiet" />
      )}
    </section>
  );
}

/** The one bar of the run: from the press that starts it to its last update, and where it rests. */
function RunProgress() {
  const live = useStudio((state) => state.live);
  const keeps = useStudio((state) => state.keepsRecords);
  const moving = useStudio(useShallow(runStage));
  const stage = moving ?? (live && restingStage(live, keeps));
  if (!stage) return null;
  const left = live && moving && live.step > 0 ? secondsLeft(live) || null : null;
  return (
    <Progress
      label="Training"
      stage={stage}
      isMoving={moving !== null}
      of={live ? `${live.runId} ${live.steps}` : ''}
      testId="run-state"
    >
      {live && (
        <p className="progress-text">
          <span>
            Step <b data-testid="step">{live.step}</b> of {live.steps}
          </span>
          {live.memoryBytes > 0 && <span>{bytes(live.memoryBytes)} on the GPU</span>}
          {live.secondsPerStep > 0 && (
            <span>
              {live.secondsPerStep.toFixed(1)} s a step
              {left !== null && (
                <>
                  {' '}
                  · <b>{duration(left)}</b> left
                </>
              )}
            </span>
          )}
        </p>
      )}
    </Progress>
  );
}
