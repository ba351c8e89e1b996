/**
 * @file Known noise on the plane: x0 and ε can be dragged, σ_s and k typed, and what each method would show its reward
 * follows; below, the same with the pictures of the run on the page.
 */
import { useMemo } from 'react';
import { DATA_SETS, REACH } from '../../../../laboratory/data';
import { idealVelocity } from '../../../../laboratory/ideal';
import {
  gamma,
  injectionCoefficients,
  recoveryCoefficients,
  stepCoefficients,
} from '../../../../methods/direct-align/recovery';
import type { Picture } from '../../../../worker/protocol';
import { signed } from '../../../numbers/in-words';
import { PictureCanvas } from '../../../parts/picture-canvas';
import { Term } from '../../../parts/term';
import { timelineOf, useField, useMark, useStudio } from '../../../state/store';
import { DragPoint } from '../laboratory/drag-point';
import './known-noise.css';

type Point = [number, number];

const { spots } = DATA_SETS.ring;

const mixed = (coefficients: readonly number[], points: readonly Point[]): Point => [
  points.reduce((sum, point, i) => sum + coefficients[i] * point[0], 0),
  points.reduce((sum, point, i) => sum + coefficients[i] * point[1], 0),
];

/** Everything that follows from x0, ε, σ_s and σ_r. */
function stepOf(x0: Point, noise: Point, sigmaS: number, sigmaR: number) {
  const xs = mixed(injectionCoefficients(sigmaS), [noise, x0]);
  const v = idealVelocity(spots, xs, sigmaS);
  return {
    xs,
    xr: mixed(stepCoefficients(sigmaS, sigmaR), [xs, v]),
    recovered: mixed(recoveryCoefficients(sigmaS, sigmaR), [xs, v, noise]),
    oneStep: mixed(stepCoefficients(sigmaS, 0), [xs, v]),
  };
}

export function KnownNoise() {
  const [sigmaS, setSigma] = useField('noiseSigma');
  const [k, setStep] = useField('noiseStep');
  const [x0, setClean] = useField('noiseClean');
  const [noise, setNoise] = useField('noisePoint');
  const formula = useMark('formula');
  const plane = useMark('plane');
  const sigmaR = Math.max(0, sigmaS - k);
  const own = gamma(sigmaS, sigmaR);
  const { xs, xr, recovered, oneStep } = stepOf(x0, noise, sigmaS, sigmaR);
  const far = (point: Point) => Math.hypot(point[0] - x0[0], point[1] - x0[1]).toFixed(2);
  return (
    <section className="known-noise panel" aria-label="Known noise">
      <div className="kn-formula" data-mark={formula}>
        <Slider label="σₛ, where noise is injected" min={0.05} max={0.98} value={sigmaS} onChange={setSigma} />
        <Slider label="k = σₛ − σᵣ, how far one step goes" min={0.01} max={0.9} value={k} onChange={setStep} />
        <p className="kn-line">
          <math>
            <mover accent="true">
              <mi>x</mi>
              <mo>^</mo>
            </mover>
            <mo>=</mo>
            <mi>x0</mi>
            <mo>+</mo>
            <mi>γ</mi>
            <mo>(</mo>
            <mi>v</mi>
            <mo>−</mo>
            <mi>v*</mi>
            <mo>)</mo>
          </math>
          <span className="note">v* = ε − x0: the velocity that would be exactly right</span>
        </p>
        <dl className="kn-numbers">
          <div>
            <dt>
              Direct-Align: <Term id="gamma">γ</Term> = (σᵣ − σₛ)/(1 − σᵣ)
            </dt>
            <dd data-testid="kn-gamma">{signed(own, 2)}</dd>
          </div>
          <div>
            <dt>One step, as in ReFL: γ = −σₛ</dt>
            <dd>{signed(-sigmaS, 2)}</dd>
          </div>
          <div>
            <dt>Distance from x0: recovered / one step</dt>
            <dd>
              {far(recovered)} / {far(oneStep)}
            </dd>
          </div>
        </dl>
      </div>
      <div className="kn-plane" data-mark={plane}>
        <Drawing x0={x0} noise={noise} xs={xs} xr={xr} recovered={recovered} oneStep={oneStep} />
        <DragPoint label="Clean point x0" kind="clean" at={x0} onMove={setClean}>
          x0
        </DragPoint>
        <DragPoint label="Noise" kind="noise" at={noise} onMove={setNoise}>
          ε
        </DragPoint>
      </div>
      <ul className="kn-legend note">
        <li>
          <Swatch kind="recovered" /> recovered: Direct-Align’s reward sees this
        </li>
        <li>
          <Swatch kind="one-step" /> one step: ReFL’s reward sees this
        </li>
        <li>
          <Swatch kind="xs" /> x with noise of σₛ; the arrow is v times k
        </li>
      </ul>
      <Pictures sigmaS={sigmaS} gamma={own} />
    </section>
  );
}

function Swatch({ kind }: { kind: string }) {
  return (
    <svg className="kn-swatch" viewBox="-9 -9 18 18" aria-hidden="true">
      <circle className={kind} r="6" />
    </svg>
  );
}

function Slider(props: { label: string; min: number; max: number; value: number; onChange(value: number): void }) {
  const { label, min, max, value, onChange } = props;
  return (
    <label className="lab-slider">
      <span className="label">
        {label} <b className="value">{value.toFixed(2)}</b>
      </span>
      <input
        type="range"
        aria-label={label}
        min={min}
        max={max}
        step={0.01}
        value={value}
        onChange={(event) => onChange(event.target.valueAsNumber)}
      />
    </label>
  );
}

/** In units of the plane, y upwards. */
function Drawing(points: Record<'x0' | 'noise' | 'xs' | 'xr' | 'recovered' | 'oneStep', Point>) {
  const at = ([x, y]: Point): Point => [100 * x, -100 * y];
  const [x0, noise, xs, xr, recovered, oneStep] = (['x0', 'noise', 'xs', 'xr', 'recovered', 'oneStep'] as const).map(
    (name) => at(points[name]),
  );
  const length = Math.hypot(xr[0] - xs[0], xr[1] - xs[1]) || 1;
  const [ux, uy] = [(xr[0] - xs[0]) / length, (xr[1] - xs[1]) / length];
  const tip = Math.min(16, length);
  const head = [
    xr,
    [xr[0] - tip * ux + 0.5 * tip * uy, xr[1] - tip * uy - 0.5 * tip * ux],
    [xr[0] - tip * ux - 0.5 * tip * uy, xr[1] - tip * uy + 0.5 * tip * ux],
  ];
  return (
    <svg
      viewBox={`${-100 * REACH} ${-100 * REACH} ${200 * REACH} ${200 * REACH}`}
      role="img"
      aria-label="The plane: the clean point, its noise, the noisy point between them, one step, and what is recovered."
    >
      {spots.map(({ x, y, radius }) => (
        <circle key={`${x},${y}`} className="data" cx={100 * x} cy={-100 * y} r={200 * radius} />
      ))}
      <line className="between" x1={x0[0]} y1={x0[1]} x2={noise[0]} y2={noise[1]} />
      <line className="known" x1={xr[0]} y1={xr[1]} x2={recovered[0]} y2={recovered[1]} />
      <line className="rest" x1={xr[0]} y1={xr[1]} x2={oneStep[0]} y2={oneStep[1]} />
      <line className="arrow" x1={xs[0]} y1={xs[1]} x2={xr[0] - tip * ux * 0.7} y2={xr[1] - tip * uy * 0.7} />
      <polygon className="arrow" points={head.map((point) => point.join()).join(' ')} />
      <circle className="xs" cx={xs[0]} cy={xs[1]} r="8" />
      <circle className="one-step" cx={oneStep[0]} cy={oneStep[1]} r="11" />
      <circle className="recovered" cx={recovered[0]} cy={recovered[1]} r="11" />
    </svg>
  );
}

/** The pictures nearest to these levels, of the timeline on the page. */
function Pictures({ sigmaS, gamma: own }: { sigmaS: number; gamma: number }) {
  const timeline = useStudio(timelineOf);
  const marked = useMark('blend');
  const shown = useMemo(() => {
    if (!timeline) return null;
    const column = timeline.columns.reduce((a, b) => (Math.abs(b.sigma - sigmaS) < Math.abs(a.sigma - sigmaS) ? b : a));
    // Where each known picture lies on the axis of γ.
    const known = [
      { gamma: 0, picture: timeline.clean },
      ...(column.recovered && column.gamma ? [{ gamma: column.gamma, picture: column.recovered }] : []),
      { gamma: -column.sigma, picture: column.oneStep },
    ].sort((a, b) => b.gamma - a.gamma);
    return { clean: timeline.clean, injected: column.injected, at: blended(known, own), oneStep: column.oneStep };
  }, [timeline, sigmaS, own]);
  if (!shown) return null;
  return (
    <div className="kn-pictures" data-mark={marked}>
      {(
        [
          ['clean', 'clean', shown.clean],
          ['injected', 'injected', shown.injected],
          ['recovered', `recovered, γ ${signed(own, 2)}`, shown.at],
          ['one-step', 'one step', shown.oneStep],
        ] as const
      ).map(([kind, name, picture]) => (
        <figure key={kind}>
          <PictureCanvas picture={picture} alt={name} />
          <figcaption aria-hidden="true">{name}</figcaption>
        </figure>
      ))}
      <p className="note">
        From the run on the page, at the recorded level nearest to σₛ; the recovered picture of another k is blended
        from those recorded.
      </p>
    </div>
  );
}

/** The picture at γ between known ones, which go from γ = 0 down. */
function blended(known: readonly { gamma: number; picture: Picture }[], at: number): Picture {
  const below = known.findIndex(({ gamma: g }) => g <= at);
  if (below === 0) return known[0].picture;
  if (below < 0) return known.at(-1)!.picture;
  const [a, b] = [known[below - 1], known[below]];
  const share = (at - a.gamma) / (b.gamma - a.gamma);
  return { ...a.picture, data: a.picture.data.map((v, i) => v + share * (b.picture.data[i] - v)) };
}
