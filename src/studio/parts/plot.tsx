/**
 * @file Lines over an axis with uPlot, and vertical marks. Pointer and arrow keys move along the axis; whoever shows it
 * prints the numbers there, and says all of them in words and in a table, because a canvas is silent.
 */
import { type KeyboardEvent, useEffect, useRef } from 'react';
import type uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { signed } from '../numbers/in-words';
import { lonePoints, paddedRange } from '../numbers/scale';
import { useScheme } from './scheme';

export interface PlotLine {
  /** CSS custom property of its colour: `--pos`. */
  color: string;
  width: number;
  /** By default 1. */
  alpha?: number;
  dash?: number[];
  /** One a position of the axis; null where there is none. */
  values: (number | null)[];
}

/** A vertical line. */
export interface PlotMark {
  at: number;
  color: string;
  dash?: number[];
}

export interface PlotProps {
  /** Positions along the axis, ascending. */
  x: number[];
  lines: PlotLine[];
  marks?: PlotMark[];
  /** A logarithmic scale, where every value allows it. */
  log?: boolean;
  /** Ends of the axis; by default its first and last position. */
  range?: [number, number];
  /** Draws the axis from its highest position to its lowest. */
  reversed?: boolean;
  /** What is written at a position of the axis; '' for nothing. */
  tick(position: number): string;
  /** Whether a line goes on over positions where it has no value. */
  bridged?: boolean;
  /** What is plotted, for a screen reader. */
  label: string;
  /** Index of the position whose numbers are printed, and those numbers as they are spoken. */
  at: number;
  spoken: string;
  /** Index of the position under the pointer or reached by keys, null where it has been left. */
  onHover(index: number | null): void;
  /** A press at this index. */
  onPick?(index: number): void;
}

/** Reads a custom property at the moment of drawing on a canvas. */
const css = (name: string) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

export function Plot(props: PlotProps) {
  const { x, lines, marks = [], log = false, reversed = false } = props;
  const host = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | null>(null);
  const scheme = useScheme();
  const usable = log && lines.every((line) => line.values.every((v) => v === null || v > 0));
  const shape = lines.map(({ color, width, alpha, dash }) => [color, width, alpha, dash].join()).join(';');
  const latest = useRef(props);
  latest.current = props;
  const data = useRef<uPlot.AlignedData>([[]]);
  data.current = [x, ...lines.map(({ values }) => values)];

  // biome-ignore lint/correctness/useExhaustiveDependencies: `shape` stands for the lines, data is set below
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
      const vertical = (u: uPlot, { at, color, dash = [] }: PlotMark) => {
        const position = Math.round(u.valToPos(at, 'x', true));
        const { ctx, bbox } = u;
        ctx.save();
        ctx.strokeStyle = css(color);
        ctx.lineWidth = devicePixelRatio * 1.5;
        ctx.setLineDash(dash.map((d) => d * devicePixelRatio));
        ctx.beginPath();
        ctx.moveTo(position, bbox.top);
        ctx.lineTo(position, bbox.top + bbox.height);
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
          x: { time: false, dir: reversed ? -1 : 1, range: latest.current.range },
          y: usable ? { distr: 3 } : { range: (u) => paddedRange(numbersIn(u)) },
        },
        axes: [
          {
            ...axis,
            size: 22,
            space: 48,
            grid: { show: false },
            values: (_, ticks) => ticks.map((t) => latest.current.tick(t)),
          },
          { ...axis, size: 48, space: 18, values: (_, ticks, __, ___, step) => ticks.map((t) => tickText(t, step)) },
        ],
        series: [
          {},
          ...lines.map(({ color, width, alpha = 1, dash }): uPlot.Series => {
            const stroke = () => css(color);
            // A line of one point is none.
            const filter = (u: uPlot, series: number) =>
              alpha === 1 ? lonePoints(u.data[series] as (number | null)[], latest.current.bridged) : [];
            const points: uPlot.Series.Points = { show: true, filter, size: 7, stroke, fill: stroke };
            return { stroke, width, alpha, dash, points, spanGaps: latest.current.bridged };
          }),
        ],
        hooks: {
          setCursor: [
            (u) =>
              latest.current.onHover(u.cursor.left !== undefined && u.cursor.left >= 0 ? (u.cursor.idx ?? null) : null),
          ],
          draw: [
            (u) => {
              for (const mark of latest.current.marks ?? []) vertical(u, mark);
            },
          ],
        },
      };
      plot.current = new UPlot(options, data.current, box);
      plot.current.over.addEventListener('click', () => {
        const at = plot.current?.cursor.idx;
        if (at != null) latest.current.onPick?.(at);
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
  }, [shape, usable, reversed]);

  // biome-ignore lint/correctness/useExhaustiveDependencies: `data.current` follows these
  useEffect(() => plot.current?.setData(data.current), [x, lines]);
  const marked = marks.map(({ at, color }) => `${at} ${color}`).join();
  // biome-ignore lint/correctness/useExhaustiveDependencies: redrawn when a mark moves or the colours change
  useEffect(() => plot.current?.redraw(false), [marked, scheme]);

  const show = (index: number | null) => {
    const u = plot.current;
    const left = u && index !== null ? u.valToPos(x[index], 'x') : -10;
    u?.setCursor({ left, top: left < 0 ? -10 : 0 });
    props.onHover(u ? index : null);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.shiftKey || event.ctrlKey || event.metaKey || event.altKey) return;
    const ahead = reversed ? -1 : 1;
    const moves: Record<string, number> = {
      ArrowRight: props.at + ahead,
      ArrowUp: props.at + ahead,
      ArrowLeft: props.at - ahead,
      ArrowDown: props.at - ahead,
      PageUp: props.at + 10 * ahead,
      PageDown: props.at - 10 * ahead,
      Home: reversed ? x.length - 1 : 0,
      End: reversed ? 0 : x.length - 1,
    };
    if (event.key === 'Enter') props.onPick?.(props.at);
    else if (moves[event.key] !== undefined) show(Math.min(Math.max(moves[event.key], 0), x.length - 1));
    else return;
    event.preventDefault();
  };
  const known = x.length > 0 && props.at >= 0;
  return (
    <div
      ref={host}
      className="chart-box"
      role="slider"
      tabIndex={0}
      aria-label={props.label}
      aria-valuemin={x[0] ?? 0}
      aria-valuemax={x.at(-1) ?? 0}
      aria-valuenow={known ? x[props.at] : 0}
      aria-valuetext={known ? props.spoken : 'nothing yet'}
      onKeyDown={onKeyDown}
      onFocus={(event) => known && event.currentTarget.matches(':focus-visible') && show(props.at)}
      onBlur={() => show(null)}
    />
  );
}

/** A tick with the decimals that tell it from its neighbours; on a log scale some ticks are null. */
function tickText(tick: number | null, step: number): string {
  if (tick === null) return '';
  return signed(tick, Math.min(Math.max(Math.ceil(-Math.log10(step || Math.abs(tick) || 1) - 1e-9), 0), 5));
}

/** Every value that is drawn. */
const numbersIn = (u: uPlot): number[] => u.data.slice(1).flatMap((list) => [...list].filter((v) => v != null));
