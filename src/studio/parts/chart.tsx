/**
 * @file A chart over training steps: raw values thin, smoothed values bold. The numbers of the step under pointer or keys
 * stand above it; a sentence and a table say the same to screen readers; both are files, too.
 */
import { useId, useMemo, useState } from 'react';
import { signed } from '../numbers/in-words';
import { smoothed } from '../numbers/scale';
import type { Series } from '../state/charted';
import { ChartFiles } from './chart-files';
import { Plot, type PlotLine, type PlotMark } from './plot';
import './chart.css';

export interface ChartProps {
  title: string;
  steps: number[];
  series: Series[];
  log?: boolean;
  /** The step whose numbers are shown while none is pointed at; by default the newest. */
  cursor?: number;
  marks?: PlotMark[];
  /** Whether lines go on over steps at which they have no value. */
  bridged?: boolean;
  onPick?(step: number): void;
}

export const dashOf = ({ dash, dashed }: Pick<Series, 'dash' | 'dashed'>) => dash ?? (dashed ? [6, 4] : undefined);

export function Chart({ title, steps, series, log = false, cursor, marks, bridged = false, onPick }: ChartProps) {
  const id = useId();
  /** Index of the step under the pointer. */
  const [hovered, setHovered] = useState<number | null>(null);
  const lines = useMemo(
    () =>
      series.flatMap((own): PlotLine[] => [
        { color: own.color, width: 1, alpha: 0.35, values: own.values },
        { color: own.color, width: 2, dash: dashOf(own), values: smoothed(own.values) },
      ]),
    [series],
  );

  // The numbers are those of the step under the pointer, else under the cursor, else the newest.
  const underCursor = cursor === undefined ? -1 : steps.indexOf(cursor);
  const at = hovered !== null && hovered < steps.length ? hovered : underCursor >= 0 ? underCursor : steps.length - 1;
  const summary = series
    .map(({ label, values }) => {
      const known = values.flatMap((value, i) => (value === null ? [] : [{ value, step: steps[i] }]));
      if (known.length === 0) return `${label}: nothing yet.`;
      const [first, last] = [known[0], known.at(-1)!];
      const all = known.map(({ value }) => value);
      return `${label}: ${signed(first.value)} at step ${first.step}, ${signed(last.value)} at step ${last.step}, lowest ${signed(Math.min(...all))}, highest ${signed(Math.max(...all))}.`;
    })
    .join(' ');
  const spoken = `step ${steps[at]}: ${series.map(({ label, values }) => `${label} ${printed(values[at])}`).join(', ')}`;
  return (
    <figure className="chart" aria-labelledby={`${id}-title`} aria-describedby={`${id}-summary`}>
      <figcaption className="chart-head">
        <span>
          <span id={`${id}-title`}>{title}</span>
          {hovered !== null && steps[at] !== undefined && <span className="chart-at"> step {steps[at]}</span>}
        </span>
        <span className="chart-now">
          {series.map((s) => (
            <span key={s.label} className={`tint${s.color}`}>
              {s.short && (
                <span aria-hidden="true" title={s.label}>
                  {s.short}{' '}
                </span>
              )}
              {series.length > 1 && !s.short && (
                <span className={`swatch ${s.dashed ? 'dashed' : ''}`} title={s.label} aria-hidden="true" />
              )}
              <span className={series.length > 2 && !s.short ? 'chart-label' : 'hidden'}>{s.label} </span>
              <b>{printed(s.values[at])}</b>
            </span>
          ))}
        </span>
      </figcaption>
      <Plot
        x={steps}
        lines={lines}
        marks={marks}
        log={log}
        bridged={bridged}
        label={title}
        at={at}
        spoken={spoken}
        tick={(step) => (Number.isInteger(step) ? String(step) : '')}
        onHover={setHovered}
        onPick={onPick && ((index) => onPick(steps[index]))}
      />
      <p id={`${id}-summary`} className="hidden">
        {summary}
      </p>
      <details className="chart-table">
        <summary>Numbers, SVG, CSV</summary>
        <ChartFiles
          title={title}
          chart={() => ({
            axis: 'step',
            x: steps,
            lines: series.map((own) => ({ ...own, dash: dashOf(own) })),
            log,
            bridged,
            isSmoothed: true,
          })}
        />
        {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling box must be reachable by keyboard */}
        <section className="chart-scroll" tabIndex={0} aria-label={`${title}, numbers`}>
          <table>
            <thead>
              <tr>
                <th scope="col">step</th>
                {series.map((s) => (
                  <th key={s.label} scope="col">
                    {s.label}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {steps.map((step, i) => (
                <tr key={step}>
                  <th scope="row">{step}</th>
                  {series.map((s) => (
                    <td key={s.label}>{printed(s.values[i], 4)}</td>
                  ))}
                </tr>
              ))}
            </tbody>
          </table>
        </section>
      </details>
    </figure>
  );
}

const printed = (value: number | null | undefined, digits?: number) => (value == null ? '–' : signed(value, digits));
