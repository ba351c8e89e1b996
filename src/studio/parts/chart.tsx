/**
 * @file A live chart over training steps with uPlot: raw values thin, smoothed values bold, the cursor's step and the
 * places where control words changed as vertical marks. A sentence and a table say the same to screen readers.
 */
import { useEffect, useId, useRef, useState } from 'react';
import type uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { signed } from '../numbers/in-words';
import { paddedRange, smoothed } from '../numbers/scale';
import type { Series } from '../state/charted';
import { setStep } from '../state/playback';
import { cursorStepOf, useStudio, viewOf } from '../state/store';
import { useScheme } from './scheme';
import './chart.css';

export interface ChartProps {
  title: string;
  steps: number[];
  series: Series[];
  log?: boolean;
}

/** Reads a custom property at the moment of drawing on a canvas. */
const css = (name: string) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

export function Chart({ title, steps, series, log = false }: ChartProps) {
  const id = useId();
  const host = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | null>(null);
  const scheme = useScheme();
  /** Index of the step under the pointer. */
  const [hovered, setHovered] = useState<number | null>(null);
  const cursor = useStudio(cursorStepOf);
  const changes = useStudio((state) => viewOf(state)?.wordChanges);
  const marks = useRef({ cursor, changes });
  marks.current = { cursor, changes };
  const usable = log && series.every((s) => s.values.every((v) => v === null || v > 0));
  const shape = series.map((s) => s.label + s.color + s.dashed).join();
  const data = useRef<uPlot.AlignedData>([[]]);
  data.current = [steps, ...series.flatMap((s) => [s.values, smoothed(s.values)])];

  // biome-ignore lint/correctness/useExhaustiveDependencies: `shape` stands for the series, data is set below
  useEffect(() => {
    const box = host.current!;
    let alive = true;
    let resize: ResizeObserver | undefined;
    void import('uplot').then(({ default: UPlot }) => {
      if (!alive) return;
      // Colours are looked up at each drawing: the theme may have changed.
      const axis = {
        stroke: () => css('--dim'),
        grid: { stroke: () => css('--line'), width: 1 },
        ticks: { show: false },
        font: '11px system-ui',
      };
      const vertical = (u: uPlot, step: number, color: string, dash: number[]) => {
        const x = Math.round(u.valToPos(step, 'x', true));
        const { ctx, bbox } = u;
        ctx.save();
        ctx.strokeStyle = color;
        ctx.lineWidth = devicePixelRatio * 1.5;
        ctx.setLineDash(dash.map((d) => d * devicePixelRatio));
        ctx.beginPath();
        ctx.moveTo(x, bbox.top);
        ctx.lineTo(x, bbox.top + bbox.height);
        ctx.stroke();
        ctx.restore();
      };
      const options: uPlot.Options = {
        width: box.clientWidth,
        height: box.clientHeight,
        padding: [8, 8, 0, 0],
        legend: { show: false },
        cursor: { y: false, points: { size: 6 }, drag: { x: false, y: false } },
        scales: {
          x: { time: false },
          y: usable
            ? { distr: 3 }
            : {
                range: (u) => paddedRange(numbersIn(u)),
              },
        },
        axes: [
          {
            ...axis,
            size: 22,
            space: 48,
            grid: { show: false },
            values: (_, ticks) => ticks.map((t) => (Number.isInteger(t) ? String(t) : '')),
          },
          { ...axis, size: 48, space: 18, values: (_, ticks, __, ___, step) => ticks.map((t) => tickText(t, step)) },
        ],
        series: [
          {},
          ...series.flatMap((s): uPlot.Series[] => {
            const stroke = () => css(s.color);
            // A line of one point is none.
            const points = { show: (u: uPlot) => u.data[0].length === 1, size: 7, stroke, fill: stroke };
            return [
              { stroke, width: 1, alpha: 0.35, points: { show: false } },
              { stroke, width: 2, dash: s.dashed ? [6, 4] : undefined, points },
            ];
          }),
        ],
        hooks: {
          setCursor: [
            (u) => setHovered(u.cursor.left !== undefined && u.cursor.left >= 0 ? (u.cursor.idx ?? null) : null),
          ],
          draw: [
            (u) => {
              for (const change of marks.current.changes ?? []) vertical(u, change.step, css('--warn'), [3, 3]);
              vertical(u, marks.current.cursor, css('--accent'), []);
            },
          ],
        },
      };
      plot.current = new UPlot(options, data.current, box);
      plot.current.over.addEventListener('click', () => {
        const at = plot.current?.cursor.idx;
        if (at != null) setStep(data.current[0][at]);
      });
      resize = new ResizeObserver(() => {
        if (box.clientWidth > 0) plot.current?.setSize({ width: box.clientWidth, height: box.clientHeight });
      });
      resize.observe(box);
    });
    return () => {
      alive = false;
      resize?.disconnect();
      plot.current?.destroy();
      plot.current = null;
    };
  }, [shape, usable]);

  // biome-ignore lint/correctness/useExhaustiveDependencies: `data.current` follows these
  useEffect(() => plot.current?.setData(data.current), [steps, series]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: redrawn when a mark moves or the colours change
  useEffect(() => plot.current?.redraw(false), [cursor, changes, scheme]);

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
      <div ref={host} className="chart-box" aria-hidden="true" />
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

/** A tick with the decimals that tell it from its neighbours; on a log scale some ticks are null. */
function tickText(tick: number | null, step: number): string {
  if (tick === null) return '';
  return signed(tick, Math.min(Math.max(Math.ceil(-Math.log10(step || Math.abs(tick) || 1) - 1e-9), 0), 5));
}

const printed = (value: number | null | undefined, digits?: number) => (value == null ? '–' : signed(value, digits));

/** Every value that is drawn. */
const numbersIn = (u: uPlot): number[] => u.data.slice(1).flatMap((list) => [...list].filter((v) => v != null));
