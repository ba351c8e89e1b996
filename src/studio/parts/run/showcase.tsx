/**
 * @file The first screen: what this is, a recorded run before and after, and the two ways on. It stays until the first pictures
 * of the user's own run are there.
 */
import { Button } from 'react-aria-components/Button';
import { useShallow } from 'zustand/react/shallow';
import { align } from '../../actions/align';
import { cancelStart } from '../../actions/cancel-start';
import { useOwnModel } from '../../actions/use-own-model';
import { perform } from '../../keyboard/shortcuts';
import { runStage } from '../../state/progress';
import { recordedRun } from '../../state/recordings';
import type { RunView, SampleRow } from '../../state/run-view';
import { measuredSentence, otherRun, titleOfRecording } from '../../state/shown-run';
import { useStudio, viewOf } from '../../state/store';
import { ActionButton } from '../action-button';
import { DownloadSize } from '../download-size';
import { PlayIcon } from '../icons';
import { PictureCanvas } from '../picture-canvas';
import { PlaceLink } from '../place-link';
import { Progress } from '../progress';
import './showcase.css';

/** Pictures of a recorded run of which nobody has said which are to be shown. */
const SHOWN = 6;

export function Showcase() {
  const view = useStudio(viewOf);
  return view?.source === 'recording' ? <Shown view={view} /> : null;
}

function Shown({ view }: { view: RunView }) {
  const fields = useStudio((state) => state.fields);
  const isReady = useStudio((state) => align.enabled(state));
  const isStarting = useStudio((state) => state.cancelStart !== null);
  const entry = recordedRun(view.recordingId);
  const before = view.samples[0];
  const after = view.samples.find(({ step }) => step === entry?.step) ?? view.samples.at(-1);
  const other = otherRun(view, fields);
  if (!before || !after) return null;
  const shown = (entry?.shows ?? before.prompts.slice(0, SHOWN)).filter((prompt) => before.prompts.includes(prompt));
  const measured = measuredSentence(view);
  return (
    <section className="showcase panel" aria-labelledby="showcase-title">
      <div className="showcase-words">
        <h2 id="showcase-title">
          Teach a picture generator a style by rewarding what it draws, in this browser, and watch every step.
        </h2>
        <p className="showcase-source">
          <b className="badge">Recorded run</b> “{titleOfRecording(view)}”, {view.run.steps} updates, made earlier:{' '}
          {isStarting ? 'your own pictures take its place once they are drawn.' : 'nothing is computed here yet.'}
        </p>
        {other && (
          <p className="showcase-other" role="status">
            {other}
          </p>
        )}
      </div>
      <div className="showcase-rows" style={{ '--count': shown.length } as React.CSSProperties}>
        <Row label="Before" row={before} shown={shown} />
        <Row label={`After ${after.step} updates`} row={after} shown={shown} names />
      </div>
      <p className="note">
        {entry?.about} {measured}
      </p>
      <div className="showcase-ways">
        {isStarting ? (
          <ActionButton action={cancelStart}>Cancel</ActionButton>
        ) : (
          <Button className="button accent" isDisabled={!isReady} onPress={() => void perform(align)}>
            <PlayIcon />
            <span>
              Try it
              <DownloadSize />
            </span>
          </Button>
        )}
        <PlaceLink to={{ place: 'learn' }} className="button">
          Learn how
        </PlaceLink>
        <ActionButton action={useOwnModel} kind="quiet" />
        {isStarting ? (
          <StartProgress />
        ) : (
          <p className="note">
            Chosen from the run’s {before.prompts.length} samples, same seeds; all of them are below.
          </p>
        )}
      </div>
    </section>
  );
}

/** How far the run is whose pictures are waited for. */
function StartProgress() {
  const stage = useStudio(useShallow(runStage));
  return stage && <Progress label="Start" stage={stage} isMoving of="start" />;
}

/** @param names whether the prompts stand below the pictures */
function Row({ label, row, shown, names }: { label: string; row: SampleRow; shown: readonly string[]; names?: true }) {
  return (
    <div className="showcase-row">
      <h3>{label}</h3>
      <ul>
        {shown.map((prompt) => (
          <li key={prompt}>
            <PictureCanvas
              picture={row.pictures?.[row.prompts.indexOf(prompt)] ?? null}
              alt={`“${prompt}”, ${label.toLowerCase()}`}
            />
            {names && <span aria-hidden="true">{prompt}</span>}
          </li>
        ))}
      </ul>
    </div>
  );
}
