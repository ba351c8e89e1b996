/** @file What Compare draws: prompts, seeds, and the columns along the chosen axis; the button, progress and a way out. */
import { useShallow } from 'zustand/react/shallow';
import { cancelDrawing } from '../../actions/cancel-drawing';
import { generateAction } from '../../actions/generate';
import { judgePictures } from '../../actions/judge-pictures';
import { saveGrid } from '../../actions/save-grid';
import { perform } from '../../keyboard/shortcuts';
import { ActionButton } from '../../parts/action-button';
import { DownloadSize } from '../../parts/download-size';
import { PromptBox } from '../../parts/prompt-box';
import type { Axis } from '../../state/compare-columns';
import { judgeable } from '../../state/compare-grid';
import { drawingStage } from '../../state/drawing-stage';
import { samplePromptsOf } from '../../state/run-of-fields';
import { useField, useStudio } from '../../state/store';
import { SideList } from './side-list';
import { StepsForm } from './steps-form';
import { StrengthsForm } from './strengths-form';

const FORMS: Record<Axis, () => React.JSX.Element> = {
  sides: SideList,
  strengths: StrengthsForm,
  steps: StepsForm,
};

export function WhatToDraw({ axis }: { axis: Axis }) {
  const fields = useStudio((state) => state.fields);
  const busy = useStudio((state) => state.compare.busy);
  const hasOne = useStudio(({ compare }) => compare.columns.length > 0 && judgeable(compare.columns) === null);
  const [prompts, setPrompts] = useField('comparePrompts');
  const Form = FORMS[axis];
  return (
    <form
      className="panel compare-settings"
      aria-label="What to draw"
      onSubmit={(event) => {
        event.preventDefault();
        void perform(generateAction);
      }}
    >
      <PromptBox
        label="Prompts"
        prompts={prompts.length > 0 ? prompts : samplePromptsOf(fields)}
        onChange={setPrompts}
        rows={4}
        most={7}
      />
      <div className="pair-stack">
        <Form />
        <div className="small-fields">
          <WholeField name="compareSeed" label="First seed" min={0} max={2 ** 32 - 1} />
          <WholeField name="compareCount" label="Seeds" min={1} max={8} />
          <WholeField name="compareSteps" label="Steps" min={1} max={100} />
        </div>
      </div>
      <div className="compare-go">
        <ActionButton action={generateAction} kind="primary" submits>
          {busy ? (
            'Drawing…'
          ) : (
            <span>
              Generate
              <DownloadSize />
            </span>
          )}
        </ActionButton>
        {busy && <DrawingProgress />}
        <div className="pair">
          <ActionButton action={saveGrid} />
          <ActionButton action={judgePictures} />
        </div>
        {hasOne && !busy && (
          <p className="note">The judge needs two columns with a prompt that both have drawn to its end.</p>
        )}
      </div>
    </form>
  );
}

/** What is drawn or judged, how much of it is done, and a way out that keeps it. */
function DrawingProgress() {
  const { words, part } = useStudio(useShallow(drawingStage));
  return (
    <div className="drawing-progress">
      <p className="note" role="status">
        {words}
      </p>
      <ActionButton action={cancelDrawing} kind="quiet">
        Cancel
      </ActionButton>
      <div className="bar" aria-hidden="true">
        <b style={{ width: `${100 * part}%` }} />
      </div>
    </div>
  );
}

interface WholeFieldProps {
  name: 'compareSeed' | 'compareCount' | 'compareSteps';
  label: string;
  min: number;
  max: number;
}

function WholeField({ name, label, min, max }: WholeFieldProps) {
  const [value, setValue] = useField(name);
  return (
    <label>
      <span className="label">{label}</span>
      <input
        className="input"
        type="number"
        min={min}
        max={max}
        value={value}
        onChange={(event) => {
          const next = event.target.valueAsNumber;
          if (Number.isInteger(next) && next >= min && next <= max) setValue(next);
        }}
      />
    </label>
  );
}
