/**
 * @file γ(σ) of the methods that differentiate the reward, on the timeline's axis, the chosen one's bold. Methods without
 * such a number are named.
 */
import { useId, useMemo, useState } from 'react';
import { signed } from '../../numbers/in-words';
import { type GammaCurve, gammaCurves } from '../../state/gamma-curves';
import { settingsRun } from '../../state/run-of-fields';
import { timelineOf, useMark, useStudio } from '../../state/store';
import { ChartFiles } from '../chart-files';
import { Plot, type PlotLine, type PlotMark } from '../plot';
import { Term } from '../term';
import './gamma-chart.css';

/** Lines that are not the chosen method's differ by their dashes. */
const DASHES = [[], [6, 4], [2, 3], [10, 3, 2, 3]];
const OWN = ['--accent', '--neg'];

interface Look extends Pick<PlotLine, 'color' | 'width' | 'dash'> {
  curve: GammaCurve;
}

function looksOf(curves: readonly GammaCurve[]): Look[] {
  const own = curves.filter(({ current }) => current);
  const others = curves.filter(({ current }) => !current);
  return curves.map((curve) => {
    if (!curve.current)
      return { curve, color: '--dim', width: 1.25, dash: DASHES[others.indexOf(curve) % DASHES.length] };
    const at = own.indexOf(curve);
    return { curve, color: OWN[at % OWN.length], width: 2.5, dash: at % 2 ? [6, 4] : [] };
  });
}

const valueAt = ({ values }: GammaCurve, at: number) => {
  const value = values[at];
  return value === null ? '–' : signed(value, 2);
};

export function GammaChart() {
  const fields = useStudio((state) => state.fields);
  const run = useMemo(() => settingsRun(fields), [fields]);
  const key = run && JSON.stringify([run.method, run.options, run.timesteps]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: `key` is all of the run that γ is made of
  const drawn = useMemo(() => run && gammaCurves(run), [key]);
  const looks = useMemo(() => looksOf(drawn?.curves ?? []), [drawn]);
  const lines = useMemo(
    () => looks.map(({ curve, ...look }): PlotLine => ({ ...look, values: curve.values })),
    [looks],
  );
  const sigma = useStudio((state) => {
    const columns = timelineOf(state)?.columns;
    return columns?.[Math.min(state.fields.cursorColumn, columns.length - 1)]?.sigma ?? null;
  });
  const marked = useMark('gamma');
  const id = useId();
  const [hovered, setHovered] = useState<number | null>(null);
  if (!drawn) return null;
  const { sigmas, chained, without } = drawn;
  const nearest = sigmas.findIndex((level) => level >= (sigma ?? 0.5) - 0.005);
  const at = hovered ?? Math.max(nearest, 0);
  const marks: PlotMark[] = sigma === null ? [] : [{ at: sigma, color: '--accent' }];
  return (
    <figure className="chart gamma" data-mark={marked} aria-labelledby={`${id}-title`} aria-describedby={`${id}-names`}>
      <figcaption className="chart-head">
        <span id={`${id}-title`}>
          <Term id="gamma">Gradient factor γ</Term>
        </span>
        <span className="chart-at">at σ {sigmas[at].toFixed(2)}</span>
      </figcaption>
      <Plot
        x={sigmas}
        lines={lines}
        marks={marks}
        range={[0, 1]}
        reversed
        label="Gradient factor γ"
        at={at}
        spoken={`σ ${sigmas[at].toFixed(2)}: ${looks.map(({ curve }) => `${curve.label} ${valueAt(curve, at)}`).join(', ')}`}
        tick={(level) => String(Number(level.toFixed(2)))}
        onHover={setHovered}
      />
      <div id={`${id}-names`}>
        <ul className="gamma-names">
          {looks.map(({ curve, color, dash }) => (
            <li key={curve.label} className={`tint${color} ${curve.current ? 'current' : ''}`}>
              <svg viewBox="0 0 22 6" aria-hidden="true">
                <path d="M0 3h22" strokeDasharray={dash?.join(' ')} />
              </svg>
              <span>{curve.label}</span>
              <b>{valueAt(curve, at)}</b>
            </li>
          ))}
        </ul>
        <p className="note">
          How much of the velocity’s error at σ reaches what the reward sees.
          {chained.length > 0 && ` Through several calls or a chain there is no one number: ${chained.join(', ')}.`}
          {without.length > 0 && ` Without a gradient of the reward there is none: ${without.join(', ')}.`}
        </p>
      </div>
      <ChartFiles
        title="Gradient factor γ"
        chart={() => ({
          axis: 'σ',
          x: sigmas,
          lines: looks.map(({ curve, ...look }) => ({ ...look, label: curve.label, values: curve.values })),
          reversed: true,
        })}
      />
    </figure>
  );
}
