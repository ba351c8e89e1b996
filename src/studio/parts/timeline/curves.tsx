/**
 * @file Reward and penalty over sigma, for the Direct-Align recovery (solid) and the ordinary one-step prediction
 * (dashed). Reward carries a plus, penalty a minus, so that colour is never the only difference.
 */
import type { PointerEvent } from 'react';
import type { Timeline, TimelineColumn } from '../../../worker/protocol';
import { signed } from '../../numbers/in-words';
import { paddedRange, roundTicks, sigmaPosition } from '../../numbers/scale';
import { pausePlayback } from '../../state/playback';
import { useMark } from '../../state/store';
import './curves.css';

const HEIGHT = 132;
const WIDTH = 1000;

const CURVES: { key: 'reward' | 'penalty' | 'rewardOneStep' | 'penaltyOneStep'; className: string }[] = [
  { key: 'rewardOneStep', className: 'curve more dashed' },
  { key: 'penaltyOneStep', className: 'curve less dashed' },
  { key: 'reward', className: 'curve more' },
  { key: 'penalty', className: 'curve less' },
];

export interface TimelineCurvesProps {
  timeline: Timeline;
  /** Column whose numbers are shown. */
  shown: number;
  onHover(column: number): void;
  onSelect(column: number): void;
}

export function TimelineCurves({ timeline, shown, onHover, onSelect }: TimelineCurvesProps) {
  const { columns } = timeline;
  const band = useMark('trained-band');
  const scores = useMark('scores');
  const sigmas = columns.map((c) => c.sigma);
  const [low, high] = paddedRange([0, ...columns.flatMap((c) => CURVES.map(({ key }) => c[key]))]);
  const x = (i: number) => ((i + 0.5) / columns.length) * WIDTH;
  const y = (value: number) => HEIGHT - ((value - low) / (high - low)) * HEIGHT;
  const points = (key: (typeof CURVES)[number]['key']) => columns.map((c, i) => `${x(i)},${y(c[key])}`).join(' ');
  const from = sigmaPosition(timeline.sigmaMax, sigmas) * 100;
  const to = sigmaPosition(timeline.sigmaMin, sigmas) * 100;
  const today = timeline.todaySigma === null ? null : sigmaPosition(timeline.todaySigma, sigmas) * 100;
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
          <li className="less">
            <svg viewBox="0 0 20 6" aria-hidden="true">
              <path d="M0 3h20" />
            </svg>
            − penalty
          </li>
          <li className="dashed">
            <svg viewBox="0 0 20 6" aria-hidden="true">
              <path d="M0 3h20" />
            </svg>
            one step
          </li>
        </ul>
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
        <div className="band" data-mark={band} style={{ left: `${from}%`, width: `${to - from}%` }}>
          <span>
            trained, σ {timeline.sigmaMin.toFixed(2)} to {timeline.sigmaMax.toFixed(2)}
          </span>
        </div>
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
            {CURVES.map(({ key, className }) => (
              <polyline key={key} className={className} points={points(key)} />
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
    </>
  );
}

function Dots({ column, left, top }: { column: TimelineColumn; left: number; top(value: number): number }) {
  return (
    <>
      <i className="dot more" style={{ left: `${left}%`, top: `${top(column.reward)}%` }} />
      <i className="dot less" style={{ left: `${left}%`, top: `${top(column.penalty)}%` }} />
    </>
  );
}

/** The numbers of the column under the pointer or the cursor. */
function Readout({ column, left }: { column: TimelineColumn; left: number }) {
  return (
    <div className={`readout ${left > 70 ? 'before' : ''}`} style={{ left: `${left}%` }} aria-hidden="true">
      <b>σ {column.sigma.toFixed(2)}</b>
      <span className="more">reward</span> <span className="more">{signed(column.reward)}</span>
      <span className="less">penalty</span> <span className="less">{signed(column.penalty)}</span>
      <span>difference</span> <span>{signed(column.reward - column.penalty)}</span>
    </div>
  );
}

function summary({ columns, sigmaMin, sigmaMax }: Timeline): string {
  const net = columns.map((c) => c.reward - c.penalty);
  const best = net.indexOf(Math.max(...net));
  return `Reward and penalty at ${columns.length} noise levels. Reward minus penalty of the Direct-Align recovery is highest at sigma ${columns[best].sigma.toFixed(2)} (${signed(net[best])}). Trained between sigma ${sigmaMin.toFixed(2)} and ${sigmaMax.toFixed(2)}.`;
}
