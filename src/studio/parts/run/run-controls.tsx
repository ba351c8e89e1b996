/** @file Align, pause, single step, stop and keep, extend; progress, time left, seconds a step and memory. */
import { useRef } from 'react';
import { ProgressBar } from 'react-aria-components/ProgressBar';
import { align } from '../../actions/align';
import { anotherSeed } from '../../actions/another-seed';
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
import { secondsLeft } from '../../state/run-view';
import { useStudio } from '../../state/store';
import { ActionButton } from '../action-button';
import { PauseIcon, PlayIcon } from '../icons';
import { useKeptFocus } from '../kept-focus';
import './run-controls.css';

/** Plain words for what the worker is busy with. */
const PHASES: Record<string, string> = {
  pictures: 'Encoding pictures',
  tuning: 'Choosing the fastest kernels for this device',
  rollout: 'Drawing the training pictures',
  branches: 'Computing gradients',
  samples: 'Drawing samples',
  saving: 'Saving',
};

export function RunControls() {
  const live = useStudio((state) => state.live);
  const unfinished = useStudio((state) => state.unfinished);
  const size = useStudio((state) => state.downloadBytes);
  const ready = useStudio((state) => state.capability?.kind === 'ready');
  const starting = useStudio((state) => state.opened === 'opening');
  const whyNot = useStudio((state) => align.whyNot?.(state) ?? null);
  const elsewhere = useStudio(otherBaseOf);
  const repeated = useStudio(repeatedRun);
  const holds = live !== null && !elsewhere && live.state !== 'stopped' && live.state !== 'finished';
  const box = useRef<HTMLElement>(null);
  const keepsFocus = useKeptFocus(box, (section) => section.querySelector('.button.primary:not(:disabled)'));
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
      {live && !holds && (
        <>
          <ActionButton action={newRun} kind="primary" />
          <p className="note">The settings above are those of “{live.name}”; a new run begins with them.</p>
        </>
      )}
      {!live && (
        <>
          <ActionButton action={align} kind="primary">
            <PlayIcon /> {starting ? 'Opening…' : 'Align'}
          </ActionButton>
          {whyNot && (
            <p className="note wrong" role="status">
              {whyNot}
            </p>
          )}
          {repeated && (
            <div className="repeated" role="status">
              <p className="note">These are the settings of “{repeated}”, seed included: it would come out the same.</p>
              <ActionButton action={anotherSeed} kind="quiet" />
            </div>
          )}
          {ready && size !== null && size > 0 && (
            <p className="note">Pressing it downloads {bytes(size)} once, for use offline from then on.</p>
          )}
        </>
      )}
      {holds && (
        <>
          {live.state === 'paused' ? (
            <ActionButton action={continueRunAction} kind="primary">
              <PlayIcon /> Continue
            </ActionButton>
          ) : (
            <ActionButton action={pause} kind="primary">
              <PauseIcon /> {live.state === 'starting' ? 'Starting…' : 'Pause'}
            </ActionButton>
          )}
          <div className="three">
            <ActionButton action={singleStep}>One step</ActionButton>
            <ActionButton action={stop}>Stop and keep</ActionButton>
            <ActionButton action={extend}>{MORE} more</ActionButton>
          </div>
        </>
      )}
      <Download />
      {live && <Progress />}
    </section>
  );
}

function Download() {
  const download = useStudio((state) => state.download);
  const size = useStudio((state) => state.downloadBytes);
  if (!download) return null;
  // What an earlier visit has fetched is not counted: the consent named the rest.
  const total = size || download.totalBytes;
  const loaded = Math.max(download.loadedBytes - (download.totalBytes - total), 0);
  const part = total > 0 ? (100 * loaded) / total : 0;
  return (
    <ProgressBar className="progress" aria-label="Download" value={part}>
      <p className="progress-text">
        <span>
          Downloading {bytes(loaded)} of {bytes(total)}
        </span>
      </p>
      <div className="bar">
        <b style={{ width: `${part}%` }} />
      </div>
    </ProgressBar>
  );
}

function Progress() {
  const live = useStudio((state) => state.live)!;
  const progress = useStudio((state) => state.progress);
  const keeps = useStudio((state) => state.keepsRecords);
  const part = live.steps > 0 ? (100 * live.step) / live.steps : 0;
  const left = secondsLeft(live);
  const runs = live.state === 'running' || live.state === 'starting';
  const words = {
    starting: progress?.phase === 'pictures' ? PHASES.pictures : 'Starting',
    running: progress ? PHASES[progress.phase] : 'Training',
    paused: live.elsewhere ? 'Open in another tab' : keeps ? 'Paused, saved' : 'Paused, not saved',
    stopped: keeps ? 'Stopped, kept in the Library' : 'Stopped, not kept: export it',
    finished: keeps ? 'Finished, kept in the Library' : 'Finished, not kept: export it',
  }[live.state];
  return (
    <ProgressBar
      className="progress"
      aria-label="Training"
      value={part}
      valueLabel={`step ${live.step} of ${live.steps}`}
    >
      <p className="progress-text">
        <span>
          Step <b data-testid="step">{live.step}</b> of {live.steps}
        </span>
        {live.secondsPerStep > 0 && (
          <span>
            {live.secondsPerStep.toFixed(1)} s a step
            {runs && left !== null && (
              <>
                {' '}
                · <b>{duration(left)}</b> left
              </>
            )}
          </span>
        )}
      </p>
      <div className="bar">
        <b style={{ width: `${part}%` }} />
      </div>
      <p className="note" data-testid="run-state">
        {words}
        {runs && progress && progress.total > 1 ? `, ${progress.done} of ${progress.total}` : ''}
        {live.memoryBytes > 0 && ` · ${bytes(live.memoryBytes)} on the GPU`}
      </p>
      {runs && <ActionButton action={notifyWhenDone} kind="quiet" />}
    </ProgressBar>
  );
}
