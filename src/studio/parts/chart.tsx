/**
 * @file A live chart over training steps: raw values thin, smoothed values bold, the cursor's step and the
 * places where control words changed as vertical marks. A sentence and a table say the same to screen readers.
 */
import { useId, useMemo, useState } from 'react';
import { signed } from '../numbers/in-words';
import { smoothed } from '../numbers/scale';
import type { Series } from '../state/charted';
import { setStep } from '../state/playback';
import { cursorStepOf, useStudio, viewOf } from '../state/store';
import { Plot, type PlotLine } from './plot';
import './chart.css';

export interface ChartProps {
  title: string;
  steps: number[];
  series: Series[];
  log?: boolean;
}

export function Chart({ title, steps, series, log = false }: ChartProps) {
  const id = useId();
  /** Index of the step under the pointer. */
  const [hovered, setHovered] = useState<number | null>(null);
  const cursor = useStudio(cursorStepOf);
  const changes = useStudio((state) => viewOf(state)?.wordChanges);
  const lines = useMemo(
    () =>
      series.flatMap(({ color, dashed, values }): PlotLine[] => [
        { color, width: 1, alpha: 0.35, values },
        { color, width: 2, dash: dashed ? [6, 4] : undefined, values: smoothed(values) },
      ]),
    [series],
  );
  const marks = [
    ...(changes ?? []).map(({ step }) => ({ at: step, color: '--warn', dash: [3, 3] })),
    { at: cursor, color: '--accent' },
  ];

  // The numbers are those of the step under the pointer, else under the cursor, else the newest.
  const underCursor = steps.indexOf(cursor);
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
              {series.length > 1 && (
                <span className={`swatch ${s.dashed ? 'dashed' : ''}`} title={s.label} aria-hidden="true" />
              )}
              <span className="hidden">{s.label} </span>
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
        tick={(step) => (Number.isInteger(step) ? String(step) : '')}
        onHover={setHovered}
        onPick={(index) => setStep(steps[index])}
      />
      <p id={`${id}-summary`} className="hidden">
        {summary}
      </p>
      <details className="chart-table">
        <summary>Numbers</summary>
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
