/** @file What Compare draws: prompts, seeds, and the columns along the chosen axis; the button, progress and a way out. */
import { useShallow } from 'zustand/react/shallow';
import { cancelDrawing } from '../../actions/cancel-drawing';
import { generateAction } from '../../actions/generate';
import { judgePictures } from '../../actions/judge-pictures';
import { saveGrid } from '../../actions/save-grid';
import { perform } from '../../keyboard/shortcuts';
import { bytes } from '../../numbers/in-words';
import { ActionButton } from '../../parts/action-button';
import { DownloadSize } from '../../parts/download-size';
import { PromptBox } from '../../parts/prompt-box';
import type { Axis } from '../../state/compare-columns';
import { judgeable } from '../../state/compare-grid';
import { downloadOf, loadingOf } from '../../state/progress';
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

/** Which column is drawn, how many pictures are done of all, and a way out that keeps them. */
function DrawingProgress() {
  const drawing = useStudio((state) => state.compare.drawing);
  const short = useStudio(({ compare }) => compare.drawing && compare.columns[compare.drawing.column]?.short);
  const progress = useStudio((state) => state.progress);
  const opened = useStudio((state) => state.opened);
  const download = useStudio(useShallow(downloadOf));
  const loading = loadingOf({ progress });
  const judging = !drawing && opened === 'yes' && progress?.phase === 'judging' ? progress : null;
  const count = drawing ?? judging;
  const what = drawing
    ? `Drawing ${short}: ${drawing.done} of ${drawing.total} pictures`
    : judging
      ? `Judging: ${judging.done} of ${judging.total} pictures`
      : download
        ? `Downloading the base model: ${bytes(download.loaded)} of ${bytes(download.total)}`
        : loading
          ? loading.words
          : progress?.phase === 'tuning'
            ? 'Choosing the fastest kernels'
            : 'Opening the base model';
  const part = count ? count.done / count.total : download ? download.loaded / download.total : 0;
  return (
    <div className="drawing-progress">
      <p className="note" role="status">
        {what}
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
