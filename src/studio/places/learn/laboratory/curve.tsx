/** @file A small chart over the laboratory's updates: one line a side, the second dashed; a sentence says the same. */
import { useId } from 'react';
import type { LaboratoryUpdate } from '../../../../laboratory/laboratory';
import type { DrawnChart } from '../../../numbers/drawn-chart';
import { signed } from '../../../numbers/in-words';
import { paddedRange, roundTicks } from '../../../numbers/scale';
import { ChartFiles } from '../../../parts/chart-files';

export interface CurveProps {
  title: string;
  /** What it tells, in a few words. */
  about: string;
  of: 'reward' | 'spread' | 'onData';
  curves: readonly (readonly LaboratoryUpdate[])[];
  labels: readonly string[];
  /** Values that are always within. */
  within: readonly number[];
}

const WIDTH = 600;
const HEIGHT = 120;
/** Points that a line is drawn with. */
const POINTS = 300;

export function Curve({ title, about, of, curves, labels, within }: CurveProps) {
  const id = useId();
  const drawn = curves.map((curve) => {
    const each = Math.max(1, Math.ceil(curve.length / POINTS));
    return curve.filter((_, i) => i % each === 0 || i === curve.length - 1);
  });
  const values = drawn.flatMap((curve) => curve.map((update) => update[of]));
  // Points that have left every bound would make a line of all the rest.
  const most = 4 * Math.max(...within.map(Math.abs));
  const [low, high] = paddedRange([...within, ...values.map((v) => Math.min(most, Math.max(-most, v)))]);
  const last = Math.max(1, ...curves.map((curve) => curve.at(-1)?.step ?? 0));
  const x = (step: number) => (WIDTH * step) / last;
  const y = (value: number) => HEIGHT - (HEIGHT * (Math.min(high, Math.max(low, value)) - low)) / (high - low);
  const ticks = roundTicks(low, high, 3);
  const now = curves.map((curve) => curve.at(-1)?.[of]);
  const print = (value: number | undefined) => (value === undefined ? '–' : signed(value, 2));
  const summary = curves
    .map((curve, i) => {
      const end = curve.at(-1);
      return end ? `${labels[i]}: ${print(curve[0][of])} before, ${print(end[of])} after ${end.step} updates.` : '';
    })
    .join(' ');
  const drawnCurve = (): Omit<DrawnChart, 'title'> => {
    const steps = [...new Set(curves.flatMap((curve) => curve.map(({ step }) => step)))].sort((a, b) => a - b);
    const lines = curves.map((curve, i) => {
      const byStep = new Map(curve.map((update) => [update.step, update[of]]));
      const look = i === 0 ? { color: '--accent', dash: [] } : { color: '--neg', dash: [6, 4] };
      return { ...look, label: labels[i], values: steps.map((step) => byStep.get(step) ?? null) };
    });
    return { axis: 'step', x: steps, lines, bridged: true };
  };
  return (
    <figure className="curve-box panel" aria-labelledby={id}>
      <figcaption id={id}>
        <b>{title}</b> <span className="note">{about}</span>
      </figcaption>
      <p className="curve-now">
        {now.map((value, i) => (
          <span key={labels[i]} className={i === 0 ? 'first' : 'second'}>
            <svg viewBox="0 0 20 6" aria-hidden="true">
              <path d="M0 3h20" />
            </svg>
            <span className={curves.length > 1 ? '' : 'hidden'}>{labels[i]} </span>
            <b>{print(value)}</b>
          </span>
        ))}
      </p>
      <div className="curve-plot">
        <svg
          viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
          preserveAspectRatio="none"
          role="img"
          aria-label={`${title}. ${summary}`}
        >
          {ticks.values.map((value) => (
            <line key={value} className="grid" x1="0" x2={WIDTH} y1={y(value)} y2={y(value)} />
          ))}
          {drawn.map((curve, i) => (
            <polyline
              key={labels[i]}
              className={i === 0 ? 'first' : 'second'}
              points={curve.map((update) => `${x(update.step).toFixed(1)},${y(update[of]).toFixed(1)}`).join(' ')}
            />
          ))}
        </svg>
        {ticks.values.map((value) => (
          <span key={value} className="curve-tick" style={{ top: `${(100 * y(value)) / HEIGHT}%` }} aria-hidden="true">
            {signed(value, ticks.digits)}
          </span>
        ))}
      </div>
      <ChartFiles title={title} chart={drawnCurve} />
    </figure>
  );
}
