/** @file The Compare place: two sides, the same prompts and seeds, a strength slider, pins, and the grid as a PNG. */
import { lazy, Suspense, useEffect, useMemo } from 'react';
import { Label } from 'react-aria-components/Label';
import { Slider, SliderOutput, SliderThumb, SliderTrack } from 'react-aria-components/Slider';
import { ToggleButton } from 'react-aria-components/ToggleButton';
import { cancelDrawing } from '../../actions/cancel-drawing';
import { generateAction } from '../../actions/generate';
import { judgePictures } from '../../actions/judge-pictures';
import { saveGrid } from '../../actions/save-grid';
import { swapSides } from '../../actions/swap-sides';
import { perform } from '../../keyboard/shortcuts';
import { bytes } from '../../numbers/in-words';
import { ActionButton } from '../../parts/action-button';
import { Choice } from '../../parts/choice';
import { PictureCanvas } from '../../parts/picture-canvas';
import { PromptBox } from '../../parts/prompt-box';
import { readOffers } from '../../remote/compare';
import { report } from '../../remote/report';
import { type CompareSide, chosenSides, sideOptions } from '../../state/compare-sides';
import { samplePromptsOf } from '../../state/run-of-fields';
import { useField, useStudio } from '../../state/store';
import './compare-place.css';

const EvaluationTable = lazy(() => import('../../parts/evaluation-table'));

export default function ComparePlace() {
  const fields = useStudio((state) => state.fields);
  const live = useStudio((state) => state.live);
  const size = useStudio((state) => state.downloadBytes);
  const busy = useStudio((state) => state.compare.busy);
  const capability = useStudio((state) => state.capability);
  const [, setA] = useField('compareA');
  const [, setB] = useField('compareB');
  const [prompts, setPrompts] = useField('comparePrompts');
  const [strength, setStrength] = useField('strength');
  const version = useStudio((state) => state.libraryVersion);
  const compare = useStudio((state) => state.compare);
  const options = useMemo(() => sideOptions({ live, compare }), [live, compare]);
  const { a, b } = chosenSides({ live, compare, fields });
  // biome-ignore lint/correctness/useExhaustiveDependencies: read again whenever the Library changed
  useEffect(() => void readOffers().catch(report), [version]);
  return (
    <div className="compare-place">
      {capability && capability.kind !== 'ready' && (
        <p className="banner" role="status">
          {capability.sentence}
        </p>
      )}
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
          most={5}
        />
        <div className="pair-stack">
          <div className="pair">
            <Choice label="A" value={a.id} options={options} onChange={setA} />
            <Choice label="B" value={b.id} options={options} onChange={setB} />
          </div>
          <div className="small-fields">
            <WholeField name="compareSeed" label="First seed" min={0} max={2 ** 32 - 1} />
            <WholeField name="compareCount" label="Seeds" min={1} max={8} />
            <WholeField name="compareSteps" label="Steps" min={1} max={100} />
          </div>
          {options.length === 1 && (
            <p className="note">
              Only the base so far: train a run in Align, or drop a LoRA file on the page, and it can be chosen here.
            </p>
          )}
        </div>
        <div className="compare-go">
          <Slider className="strength" value={strength} onChange={setStrength} minValue={0} maxValue={2} step={0.05}>
            <Label className="label">
              Strength of the LoRA <SliderOutput className="value">{strength.toFixed(2)}</SliderOutput>
            </Label>
            <SliderTrack className="slider-track">
              <SliderThumb className="slider-thumb" />
            </SliderTrack>
          </Slider>
          <ActionButton action={generateAction} kind="primary" submits>
            {busy ? 'Drawing…' : 'Generate'}
          </ActionButton>
          {busy && <DrawingProgress />}
          {size !== null && size > 0 && capability?.kind === 'ready' && (
            <p className="note">Pressing it downloads {bytes(size)} once, for use offline from then on.</p>
          )}
          <div className="pair">
            <ActionButton action={swapSides} />
            <ActionButton action={saveGrid} />
            <ActionButton action={judgePictures} />
          </div>
        </div>
      </form>
      <div className="sides">
        <Side letter="A" chosen={a.label} />
        <Side letter="B" chosen={b.label} same={a.id === b.id} />
      </div>
      {compare.evaluation && (
        <Suspense>
          <EvaluationTable evaluation={compare.evaluation} />
        </Suspense>
      )}
    </div>
  );
}

/** Which side is drawn, how far, and a way out. */
function DrawingProgress() {
  const side = useStudio((state) => state.compare.drawing);
  const progress = useStudio((state) => state.progress);
  return (
    <div className="drawing-progress">
      <p className="note" role="status">
        {side ? `Drawing ${side}` : progress ? 'Judging' : 'Opening the base model'}
        {progress && progress.total > 1 && `, ${progress.done} of ${progress.total} ${side ? 'steps' : 'pictures'}`}
      </p>
      <ActionButton action={cancelDrawing} kind="quiet">
        Cancel
      </ActionButton>
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

/** Before and after of the recorded run, shown until something has been drawn here. */
function useRecordedSide(letter: 'A' | 'B'): CompareSide | null {
  const recording = useStudio((state) => state.recording);
  const unused = useStudio(({ compare: { a, b, busy } }) => !a && !b && !busy);
  const row = letter === 'A' ? recording?.samples[0] : recording?.samples.at(-1);
  if (!unused || !row?.pictures) return null;
  const { prompts, seeds, pictures, step } = row;
  const label = step === 0 ? 'Recorded run, before training' : `Recorded run, step ${step}`;
  return { label, prompts, seeds, pictures };
}

function Side({ letter, chosen, same = false }: { letter: 'A' | 'B'; chosen: string; same?: boolean }) {
  const side = useStudio((state) => (letter === 'A' ? state.compare.a : state.compare.b));
  const recorded = useRecordedSide(letter);
  const pinned = useStudio((state) => (letter === 'A' ? state.compare.pinnedA : state.compare.pinnedB));
  const busy = useStudio((state) => state.compare.busy);
  const pin = (next: boolean) =>
    useStudio.setState((state) => ({
      compare: { ...state.compare, [letter === 'A' ? 'pinnedA' : 'pinnedB']: next },
    }));
  return (
    <section className="panel side" aria-labelledby={`side-${letter}`}>
      <div className="side-head">
        <h2 id={`side-${letter}`}>
          <span className="side-letter">{letter}</span>
          {side?.label ?? recorded?.label ?? chosen}
        </h2>
        <ToggleButton className="chip-button" isSelected={pinned} onChange={pin} isDisabled={!side}>
          {pinned ? `${letter} is pinned` : `Pin ${letter}`}
        </ToggleButton>
      </div>
      {side && <Pictures side={side} />}
      {!side && recorded && <RecordedPictures side={recorded} />}
      {!side && !recorded && (
        <p className="empty-side">
          {same
            ? 'The same as A, so it is not drawn twice. Choose something else to compare A with.'
            : busy
              ? 'Drawing…'
              : 'Not drawn yet. Both sides get the same prompts and the same seeds.'}
        </p>
      )}
    </section>
  );
}

function Pictures({ side }: { side: CompareSide }) {
  return (
    <div className="side-rows" style={{ '--seeds': side.seeds.length } as React.CSSProperties}>
      {side.prompts.map((prompt, row) => (
        <div className="side-row" key={prompt}>
          <h3>{prompt}</h3>
          <div>
            {side.seeds.map((seed, i) => (
              <PictureCanvas
                key={seed}
                picture={side.pictures[row * side.seeds.length + i] ?? null}
                alt={`“${prompt}”, seed ${seed}, ${side.label}`}
              />
            ))}
          </div>
        </div>
      ))}
    </div>
  );
}

/** Here every prompt has a seed of its own. */
function RecordedPictures({ side }: { side: CompareSide }) {
  return (
    <div className="side-rows recorded">
      {side.prompts.map((prompt, i) => (
        <div className="side-row" key={prompt}>
          <h3>{prompt}</h3>
          <div>
            <PictureCanvas picture={side.pictures[i]} alt={`“${prompt}”, seed ${side.seeds[i]}, ${side.label}`} />
          </div>
        </div>
      ))}
    </div>
  );
}
