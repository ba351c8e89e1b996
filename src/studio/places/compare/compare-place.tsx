/** @file The Compare place: two sides, the same prompts and seeds, a strength slider, pins, and the grid as a PNG. */
import { useEffect, useMemo, useState } from 'react';
import { Label } from 'react-aria-components/Label';
import { Slider, SliderOutput, SliderThumb, SliderTrack } from 'react-aria-components/Slider';
import { ToggleButton } from 'react-aria-components/ToggleButton';
import { listAdapters } from '../../../storage/adapters';
import { listRuns } from '../../../storage/runs';
import { generateAction } from '../../actions/generate';
import { saveGrid } from '../../actions/save-grid';
import { swapSides } from '../../actions/swap-sides';
import { ActionButton } from '../../parts/action-button';
import { Choice } from '../../parts/choice';
import { PictureCanvas } from '../../parts/picture-canvas';
import { PromptBox } from '../../parts/prompt-box';
import { report } from '../../session';
import { bytes } from '../../state/run-view';
import { type CompareSide, useField, useStudio } from '../../state/store';
import { optionLabels, sideOptions } from './draw';

/** What the Library offers to draw with. */
function useLibraryOptions() {
  const version = useStudio((state) => state.libraryVersion);
  const current = useStudio((state) => state.live?.runId);
  const [options, setOptions] = useState<{ id: string; label: string }[]>([]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: read again whenever the Library changed
  useEffect(() => {
    void Promise.all([listAdapters(), listRuns()])
      .then(([adapters, runs]) =>
        setOptions([
          ...adapters
            .filter((a) => a.deletedAt === undefined)
            .map((a) => ({ id: `adapter:${a.id}`, label: `Adapter “${a.name}”` })),
          ...runs
            .filter((r) => r.deletedAt === undefined && r.step > 0 && r.id !== current)
            .map((r) => ({ id: `run:${r.id}`, label: `Run “${r.name}”, step ${r.step}` })),
        ]),
      )
      .catch(report);
  }, [version, current]);
  return options;
}

export default function ComparePlace() {
  const fields = useStudio((state) => state.fields);
  const live = useStudio((state) => state.live);
  const size = useStudio((state) => state.downloadBytes);
  const busy = useStudio((state) => state.compare.busy);
  const capability = useStudio((state) => state.capability);
  const [a, setA] = useField('compareA');
  const [b, setB] = useField('compareB');
  const [prompts, setPrompts] = useField('comparePrompts');
  const [strength, setStrength] = useField('strength');
  const stored = useLibraryOptions();
  // biome-ignore lint/correctness/useExhaustiveDependencies: the run's own options follow its step
  const options = useMemo(() => {
    const all = [...sideOptions(useStudio.getState()), ...stored];
    for (const { id, label } of all) optionLabels.set(id, label);
    return all;
  }, [stored, live?.step, live?.runId]);
  const valid = (id: string) => (options.some((o) => o.id === id) ? id : 'base');
  useEffect(() => {
    // A choice that is gone (deleted, or no run on the page) falls back to something that can be drawn.
    if (b === 'current' && !options.some((o) => o.id === 'current') && options.length > 1) setB(options[1].id);
  }, [b, options, setB]);
  return (
    <div className="compare-place">
      {capability && capability.kind !== 'ready' && (
        <p className="banner" role="status">
          {capability.sentence}
        </p>
      )}
      <section className="panel compare-settings" aria-label="What to draw">
        <PromptBox
          label="Prompts"
          prompts={prompts.length > 0 ? prompts : fields.prompts}
          onChange={setPrompts}
          rows={4}
        />
        <div className="pair-stack">
          <div className="pair">
            <Choice label="A" value={valid(a)} options={options} onChange={setA} />
            <Choice label="B" value={valid(b)} options={options} onChange={setB} />
          </div>
          <div className="small-fields">
            <WholeField name="compareSeed" label="First seed" min={0} max={2 ** 32 - 1} />
            <WholeField name="compareCount" label="Seeds" min={1} max={8} />
            <WholeField name="compareSteps" label="Steps" min={1} max={100} />
          </div>
        </div>
        <div className="compare-go">
          <Slider className="strength" value={strength} onChange={setStrength} minValue={0} maxValue={2} step={0.05}>
            <Label className="label">
              Strength of the adapter <SliderOutput className="value">{strength.toFixed(2)}</SliderOutput>
            </Label>
            <SliderTrack className="slider-track">
              <SliderThumb className="slider-thumb" />
            </SliderTrack>
          </Slider>
          <ActionButton action={generateAction} kind="primary">
            {busy ? 'Drawing…' : 'Generate'}
          </ActionButton>
          {size !== null && size > 0 && capability?.kind === 'ready' && (
            <p className="note">Pressing it downloads {bytes(size)} once, for use offline from then on.</p>
          )}
          <div className="pair">
            <ActionButton action={swapSides} />
            <ActionButton action={saveGrid} />
          </div>
        </div>
      </section>
      <div className="sides">
        <Side letter="A" />
        <Side letter="B" />
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

function Side({ letter }: { letter: 'A' | 'B' }) {
  const side = useStudio((state) => (letter === 'A' ? state.compare.a : state.compare.b));
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
          {side?.label ?? 'Nothing drawn yet'}
        </h2>
        <ToggleButton className="chip-button" isSelected={pinned} onChange={pin} isDisabled={!side}>
          {pinned ? `${letter} is pinned` : `Pin ${letter}`}
        </ToggleButton>
      </div>
      {side ? <Pictures side={side} /> : <p className="empty-side">{busy ? 'Drawing…' : 'Press Generate.'}</p>}
    </section>
  );
}

function Pictures({ side }: { side: CompareSide }) {
  return side.prompts.map((prompt, row) => (
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
  ));
}
