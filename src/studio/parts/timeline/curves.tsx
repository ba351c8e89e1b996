/**
 * @file Reward and penalty over sigma, for what the reward sees (solid) and, where that is something else, for the ordinary
 * one-step prediction (dashed); below, where along sigma the last update's gradient went. Reward carries a plus, penalty a
 * minus, so that colour is never the only difference.
 */
import type { PointerEvent } from 'react';
import { curvesOf, SEEN, type TimelineCurve, trainedOf } from '../../../formats/timeline';
import type { Timeline, TimelineColumn } from '../../../worker/protocol';
import type { DrawnChart } from '../../numbers/drawn-chart';
import { signed } from '../../numbers/in-words';
import { paddedRange, roundTicks, sigmaPosition } from '../../numbers/scale';
import { pausePlayback } from '../../state/playback';
import { useMark } from '../../state/store';
import { ChartFiles } from '../chart-files';
import './curves.css';

const HEIGHT = 132;
const WIDTH = 1000;

export interface TimelineCurvesProps {
  timeline: Timeline;
  /** Column whose numbers are shown. */
  shown: number;
  onHover(column: number): void;
  onSelect(column: number): void;
}

/** The curves as a file has them. */
function drawnCurves(timeline: Timeline): Omit<DrawnChart, 'title'> {
  const columns = timeline.columns.toReversed();
  return {
    axis: 'σ',
    x: columns.map(({ sigma }) => sigma),
    lines: curvesOf(timeline).map(({ key, sign, dashed }) => ({
      label: `${sign === '+' ? 'reward' : 'penalty'}${dashed ? ', one step' : ''}`,
      color: sign === '+' ? '--pos' : '--neg',
      dash: dashed ? [6, 4] : [],
      values: columns.map((column) => column[key] ?? null),
    })),
    reversed: true,
  };
}

export function TimelineCurves({ timeline, shown, onHover, onSelect }: TimelineCurvesProps) {
  const { columns } = timeline;
  const band = useMark('trained-band');
  const scores = useMark('scores');
  const sigmas = columns.map((c) => c.sigma);
  const curves = curvesOf(timeline);
  const trained = trainedOf(timeline);
  const [low, high] = paddedRange([0, ...columns.flatMap((c) => curves.map(({ key }) => c[key] ?? 0))]);
  const x = (i: number) => ((i + 0.5) / columns.length) * WIDTH;
  const y = (value: number) => HEIGHT - ((value - low) / (high - low)) * HEIGHT;
  const points = (key: TimelineCurve['key']) => columns.map((c, i) => `${x(i)},${y(c[key] ?? 0)}`).join(' ');
  const position = (sigma: number) => sigmaPosition(sigma, sigmas) * 100;
  const today = timeline.todaySigma === null ? null : position(timeline.todaySigma);
  const at = columns[shown];
  const ticks = roundTicks(low, high, 4);
  const columnAt = (event: PointerEvent) => {
    const { left, width } = event.currentTarget.getBoundingClientRect();
    const column = Math.floor(((event.clientX - left) / width) * columns.length);
    return Math.min(Math.max(column, 0), columns.length - 1);
  };
  return (
    <>
      <div className="row-label curves-label">
        <b>Scores</b>
        <ul className="legend">
          <li className="more">
            <svg viewBox="0 0 20 6" aria-hidden="true">
              <path d="M0 3h20" />
            </svg>
            + reward
          </li>
          {curves.some(({ sign }) => sign === '−') && (
            <li className="less">
              <svg viewBox="0 0 20 6" aria-hidden="true">
                <path d="M0 3h20" />
              </svg>
              − penalty
            </li>
          )}
          {curves.some(({ dashed }) => dashed) && (
            <li className="dashed">
              <svg viewBox="0 0 20 6" aria-hidden="true">
                <path d="M0 3h20" />
              </svg>
              one step
            </li>
          )}
        </ul>
        <ChartFiles
          title={`Scores of “${timeline.prompt}”, step ${timeline.step}`}
          chart={() => drawnCurves(timeline)}
        />
      </div>
      {/* For the pointer only: keyboard and screen reader have the slider over the pictures below. */}
      <div
        className="curves"
        onPointerMove={(event) => onHover(columnAt(event))}
        onPointerDown={(event) => {
          pausePlayback();
          onSelect(columnAt(event));
        }}
      >
        {trained && (
          <div
            className="band"
            data-mark={band}
            style={{
              left: `${position(trained.sigmaMax)}%`,
              width: `${position(trained.sigmaMin) - position(trained.sigmaMax)}%`,
            }}
          >
            <span>
              trained, σ {trained.sigmaMin.toFixed(2)} to {trained.sigmaMax.toFixed(2)}
            </span>
          </div>
        )}
        <div className="plot" data-mark={scores}>
          <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none" role="img" aria-label={summary(timeline)}>
            {ticks.values.map((value) => (
              <line
                key={value}
                className={value === 0 ? 'grid zero' : 'grid'}
                x1="0"
                x2={WIDTH}
                y1={y(value)}
                y2={y(value)}
              />
            ))}
            <line className="cursor" x1={x(shown)} x2={x(shown)} y1="0" y2={HEIGHT} />
            {curves.toReversed().map(({ key, sign, dashed }) => (
              <polyline
                key={key}
                className={`curve ${sign === '+' ? 'more' : 'less'} ${dashed ? 'dashed' : ''}`}
                points={points(key)}
              />
            ))}
          </svg>
          {ticks.values.map((value) => (
            <span
              key={value}
              className="tick-label"
              style={{ top: `${(y(value) / HEIGHT) * 100}%` }}
              aria-hidden="true"
            >
              {signed(value, ticks.digits)}
            </span>
          ))}
          <Dots column={at} left={((shown + 0.5) / columns.length) * 100} top={(v) => (y(v) / HEIGHT) * 100} />
        </div>
        {today !== null && (
          <div className="today" style={{ left: `${today}%` }}>
            <span>this step, σ {timeline.todaySigma!.toFixed(2)}</span>
          </div>
        )}
        <Readout column={at} left={((shown + 0.5) / columns.length) * 100} />
      </div>
      <div className="clean-head" />
      <GradientStrip timeline={timeline} position={position} />
    </>
  );
}

/** A mark at every level that the gradient of the last update went to. */
function GradientStrip({
  timeline: { active, step },
  position,
}: {
  timeline: Timeline;
  position(sigma: number): number;
}) {
  const marked = useMark('gradient');
  const levels = active.map((sigma) => sigma.toFixed(2)).join(', ');
  return (
    <>
      <div className="row-label" data-mark={marked}>
        <b>Gradient</b>
      </div>
      <div className="gradient-strip" data-mark={marked}>
        <p className={active.length > 0 ? 'hidden' : 'note'}>
          {active.length > 0
            ? `The gradient of the last update went to sigma ${levels}.`
            : step === 0
              ? 'no update yet'
              : 'not known'}
        </p>
        {active.map((sigma, i) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: several calls may be at one level
          <i key={i} style={{ left: `${position(sigma)}%` }} title={`σ ${sigma.toFixed(3)}`} />
        ))}
      </div>
      <div className="clean-head" />
    </>
  );
}

function Dots({ column, left, top }: { column: TimelineColumn; left: number; top(value: number): number }) {
  return (
    <>
      <i className="dot more" style={{ left: `${left}%`, top: `${top(column.reward)}%` }} />
      {column.penalty !== null && (
        <i className="dot less" style={{ left: `${left}%`, top: `${top(column.penalty)}%` }} />
      )}
    </>
  );
}

/** The numbers of the column under the pointer or the cursor. */
function Readout({ column, left }: { column: TimelineColumn; left: number }) {
  return (
    <div className={`readout ${left > 70 ? 'before' : ''}`} style={{ left: `${left}%` }} aria-hidden="true">
      <b>σ {column.sigma.toFixed(2)}</b>
      <span className="more">reward</span> <span className="more">{signed(column.reward)}</span>
      {column.penalty !== null && (
        <>
          <span className="less">penalty</span> <span className="less">{signed(column.penalty)}</span>
          <span>difference</span> <span>{signed(column.reward - column.penalty)}</span>
        </>
      )}
    </div>
  );
}

function summary(timeline: Timeline): string {
  const { columns, sees } = timeline;
  const trained = trainedOf(timeline);
  const net = columns.map((c) => c.reward - (c.penalty ?? 0));
  const best = net.indexOf(Math.max(...net));
  const said = [
    `Reward${columns[0].penalty === null ? '' : ' and penalty'} at ${columns.length} noise levels. ${SEEN[sees].sentence}`,
    sees === 'picture'
      ? `It is ${signed(net[0])}.`
      : `It is highest at sigma ${columns[best].sigma.toFixed(2)} (${signed(net[best])}).`,
  ];
  if (trained) said.push(`Trained between sigma ${trained.sigmaMin.toFixed(2)} and ${trained.sigmaMax.toFixed(2)}.`);
  return said.join(' ');
}
