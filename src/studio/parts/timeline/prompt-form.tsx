/** @file Chooses what the timeline shows: the training picture, or any prompt and seed. */

import { useShallow } from 'zustand/react/shallow';
import { cancelDrawing } from '../../actions/cancel-drawing';
import { drawTimeline } from '../../actions/draw-timeline';
import { showTrainingPicture } from '../../actions/show-training-picture';
import { perform } from '../../keyboard/shortcuts';
import { drawingStage } from '../../state/progress';
import { useField, useStudio } from '../../state/store';
import { ActionButton } from '../action-button';
import { DownloadSize } from '../download-size';
import { Progress } from '../progress';
import './prompt-form.css';

export function TimelinePrompt() {
  const [prompt, setPrompt] = useField('timelinePrompt');
  const [seed, setSeed] = useField('timelineSeed');
  const inspecting = useStudio((state) => state.inspecting);
  const inspected = useStudio((state) => state.inspected !== null);
  const ready = useStudio((state) => state.capability?.kind === 'ready');
  if (!ready) return null;
  return (
    <form
      className="timeline-prompt"
      aria-label="Draw the timeline of any prompt"
      onSubmit={(event) => {
        event.preventDefault();
        void perform(drawTimeline);
      }}
    >
      <input
        className="input"
        aria-label="Prompt to show"
        placeholder="any prompt"
        value={prompt}
        onChange={(event) => setPrompt(event.target.value)}
      />
      <label className="seed-label">
        <span aria-hidden="true">seed</span>
        <input
          className="input seed"
          aria-label="Seed"
          type="number"
          min={0}
          step={1}
          value={seed}
          onChange={(event) => {
            const next = event.target.valueAsNumber;
            if (Number.isInteger(next) && next >= 0) setSeed(next);
          }}
        />
      </label>
      <ActionButton action={drawTimeline} submits>
        {inspecting ? (
          'Drawing…'
        ) : (
          <span>
            Draw timeline
            <DownloadSize />
          </span>
        )}
      </ActionButton>
      {inspecting && (
        <>
          <ActionButton action={cancelDrawing} kind="quiet">
            Cancel
          </ActionButton>
          <DrawingProgress />
        </>
      )}
      {inspected && (
        <ActionButton action={showTrainingPicture} kind="quiet">
          training picture
        </ActionButton>
      )}
    </form>
  );
}

function DrawingProgress() {
  const stage = useStudio(useShallow(drawingStage));
  return stage && <Progress label="Drawing" stage={stage} isMoving of="drawing" />;
}
