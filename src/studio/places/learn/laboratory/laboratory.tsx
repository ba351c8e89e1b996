/**
 * @file The laboratory: a plane in place of pictures, on which every method works through the same code as on the real
 * model, in a worker, without a GPU.
 */
import { useEffect, useState } from 'react';
import { Button } from 'react-aria-components/Button';
import type { Spot } from '../../../../laboratory/data';
import { labPlay } from '../../../actions/lab-play';
import { perform } from '../../../keyboard/shortcuts';
import { PauseIcon, PlayIcon } from '../../../parts/icons';
import { PlaceLink } from '../../../parts/place-link';
import { begin, openLaboratory, stepLaboratory, useLaboratory } from '../../../remote/laboratory';
import { EMBED } from '../../../state/embed';
import { LAB_SPEEDS, type LabSpeed } from '../../../state/fields';
import { methodOf } from '../../../state/methods';
import { useField, useMark } from '../../../state/store';
import { ArrowLegend } from './arrow-legend';
import { Controls } from './controls';
import { Curve } from './curve';
import { DrawingBar } from './drawing-bar';
import { Plane } from './plane';
import './laboratory.css';

const LAYERS: Record<string, string> = {
  data: 'Data',
  samples: 'Samples',
  density: 'Density',
  field: 'Velocity',
  way: 'One path',
  arrows: 'Gradients',
};

const SPEEDS: Record<LabSpeed, string> = { slow: 'Slow motion', normal: 'Normal', fast: 'Fast' };

export function Laboratory() {
  /** Spots while they are drawn by hand. */
  const [drawing, setDrawing] = useState<readonly Spot[] | null>(null);
  return (
    <div className="laboratory">
      <header className="lab-head">
        {EMBED === null && (
          <PlaceLink className="lab-link" to={{ lab: false }}>
            Lessons
          </PlaceLink>
        )}
        <h2>Laboratory</h2>
        <p className="note">
          A plane in place of pictures: a small network learns the data here in a few seconds, then a method pulls what
          it draws uphill. All methods run the code that trains the real model.
        </p>
      </header>
      <LaboratoryStage drawing={drawing} onDraw={setDrawing} />
      <aside className="lab-controls" aria-label="What the laboratory is made of">
        <Controls drawing={drawing} onDraw={setDrawing} />
      </aside>
    </div>
  );
}

export interface LaboratoryStageProps {
  drawing: readonly Spot[] | null;
  onDraw(spots: readonly Spot[] | null): void;
}

/** The planes, what plays them, and what is measured of them. */
export function LaboratoryStage({ drawing, onDraw }: LaboratoryStageProps) {
  const [method] = useField('labMethod');
  const [second] = useField('labSecond');
  const [shows, setShows] = useField('labShows');
  const failed = useLaboratory((state) => state.failed);
  const curves = useLaboratory((state) => state.curves);
  const planes = useMark('plane');
  const measures = useMark('curves');
  useEffect(openLaboratory, []);
  const methods = second ? [method, second] : [method];
  const names = methods.map((id, i) => {
    const { label } = methodOf(id);
    return methods.length > 1 && method === second ? `${label}, ${i === 0 ? 'left' : 'right'}` : label;
  });
  return (
    <div className="lab-stage">
      {failed && (
        <p className="banner" role="alert">
          {failed}
        </p>
      )}
      {drawing ? <DrawingBar spots={drawing} onDraw={onDraw} /> : <Transport />}
      <div className={`lab-main ${methods.length > 1 ? 'two' : ''}`}>
        <div className="lab-planes" data-mark={planes}>
          {methods.map((id, side) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: a side is its place
            <figure key={side} className="lab-side">
              <figcaption className={side === 0 ? 'first' : 'second'}>{names[side]}</figcaption>
              <Plane side={side} method={id} drawing={drawing} onDraw={onDraw} />
            </figure>
          ))}
        </div>
        <div className="lab-curves" data-mark={measures}>
          <Curve
            title="Reward"
            about="mean over the samples"
            of="reward"
            curves={curves}
            labels={names}
            within={[0, 0.8]}
          />
          <Curve
            title="Spread"
            about="near 0 all samples are one: the reward is hacked"
            of="spread"
            curves={curves}
            labels={names}
            within={[0, 2]}
          />
          <Curve
            title="On the data"
            about="share of samples near a spot"
            of="onData"
            curves={curves}
            labels={names}
            within={[0, 1]}
          />
        </div>
      </div>
      <Level />
      {/* biome-ignore lint/a11y/useSemanticElements: a fieldset would draw a frame */}
      <div className="lab-layers" role="group" aria-label="Shown on the plane">
        {Object.entries(LAYERS).map(([id, label]) => (
          <button
            key={id}
            type="button"
            className="chip-button"
            aria-pressed={shows.includes(id)}
            onClick={() => setShows(shows.includes(id) ? shows.filter((name) => name !== id) : [...shows, id])}
          >
            {label}
          </button>
        ))}
      </div>
      {shows.includes('arrows') && <ArrowLegend own={methods} />}
    </div>
  );
}

/** Play, one update, speed, and back to the base. */
function Transport() {
  const playing = useLaboratory((state) => state.playing);
  const ready = useLaboratory((state) => state.learned === 1 && state.failed === null);
  const step = useLaboratory((state) => state.curves[0]?.at(-1)?.step ?? 0);
  const [speed, setSpeed] = useField('labSpeed');
  return (
    <div className="lab-transport">
      <Button
        className="button accent"
        isDisabled={!ready}
        aria-keyshortcuts="Space"
        onPress={() => void perform(labPlay)}
      >
        {playing ? <PauseIcon /> : <PlayIcon />}
        {playing ? 'Pause' : 'Play'}
      </Button>
      <Button className="button" isDisabled={!ready} onPress={stepLaboratory}>
        One update
      </Button>
      <Button className="button" isDisabled={!ready || step === 0} onPress={begin}>
        Begin anew
      </Button>
      {/* biome-ignore lint/a11y/useSemanticElements: a fieldset would draw a frame */}
      <div className="lab-row" role="group" aria-label="Speed">
        {LAB_SPEEDS.map((id) => (
          <button
            key={id}
            type="button"
            className="chip-button"
            aria-pressed={speed === id}
            onClick={() => setSpeed(id)}
          >
            {SPEEDS[id]}
          </button>
        ))}
      </div>
      <span role="status" className="hidden">
        {ready ? 'The network has learned the data.' : 'The network learns the data.'}
      </span>
      <span className="lab-step">
        Update <b data-testid="lab-step">{step}</b>
      </span>
    </div>
  );
}

/** Milliseconds from noise to clean. */
const FLOW = 3500;

/** The noise level of what is shown: a slider, and playing from noise to clean. */
function Level() {
  const [sigma, setSigma] = useField('labSigma');
  const [flows, setFlows] = useState(false);
  useEffect(() => {
    if (!flows) return;
    let start: number | null = null;
    let frame = requestAnimationFrame(function draw(now) {
      start ??= now;
      const left = Math.max(0, 1 - (now - start) / FLOW);
      setSigma(Math.round(1000 * left) / 1000);
      if (left > 0) frame = requestAnimationFrame(draw);
      else setFlows(false);
    });
    return () => cancelAnimationFrame(frame);
  }, [flows, setSigma]);
  return (
    <div className="lab-level">
      <Button className="button" onPress={() => setFlows(!flows)}>
        {flows ? <PauseIcon /> : <PlayIcon />}
        Noise to clean
      </Button>
      <label className="lab-slider">
        <span className="label">
          Noise level <b className="value">σ {sigma.toFixed(2)}</b>
        </span>
        <input
          type="range"
          min={0}
          max={1}
          step={0.01}
          value={1 - sigma}
          aria-label="Noise level"
          aria-valuetext={`sigma ${sigma.toFixed(2)}`}
          onChange={(event) => {
            setFlows(false);
            setSigma(Math.round(1000 * (1 - event.target.valueAsNumber)) / 1000);
          }}
        />
      </label>
    </div>
  );
}
