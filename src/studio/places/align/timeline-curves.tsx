/**
 * @file Reward and penalty over sigma, for the Direct-Align recovery (solid) and the ordinary one-step prediction
 * (dashed). Reward carries a plus, penalty a minus, so that colour is never the only difference.
 */
import type { Timeline, TimelineColumn } from '../../../worker/protocol';
import { paddedRange, sigmaPosition, signed } from '../../timeline-scale';

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
}

export function TimelineCurves({ timeline, shown }: TimelineCurvesProps) {
  const { columns } = timeline;
  const sigmas = columns.map((c) => c.sigma);
  const [low, high] = paddedRange([0, ...columns.flatMap((c) => CURVES.map(({ key }) => c[key]))]);
  const x = (i: number) => ((i + 0.5) / columns.length) * WIDTH;
  const y = (value: number) => HEIGHT - ((value - low) / (high - low)) * HEIGHT;
  const points = (key: (typeof CURVES)[number]['key']) => columns.map((c, i) => `${x(i)},${y(c[key])}`).join(' ');
  const from = sigmaPosition(timeline.sigmaMax, sigmas) * 100;
  const to = sigmaPosition(timeline.sigmaMin, sigmas) * 100;
  const today = timeline.todaySigma === null ? null : sigmaPosition(timeline.todaySigma, sigmas) * 100;
  const at = columns[shown];
  return (
    <>
      <div className="row-label curves-label">
        <b>Reward, penalty</b>
        <ul className="legend">
          <li className="more">
            <svg viewBox="0 0 20 6" aria-hidden="true">
              <path d="M0 3h20" />
            </svg>
            + more of
          </li>
          <li className="less">
            <svg viewBox="0 0 20 6" aria-hidden="true">
              <path d="M0 3h20" />
            </svg>
            − less of
          </li>
          <li className="dashed">
            <svg viewBox="0 0 20 6" aria-hidden="true">
              <path d="M0 3h20" />
            </svg>
            one step
          </li>
        </ul>
      </div>
      <div className="curves">
        <div className="band" style={{ left: `${from}%`, width: `${to - from}%` }}>
          <span>
            trained, σ {timeline.sigmaMin.toFixed(2)} to {timeline.sigmaMax.toFixed(2)}
          </span>
        </div>
        <div className="plot">
          <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none" role="img" aria-label={summary(timeline)}>
            <line className="zero" x1="0" x2={WIDTH} y1={y(0)} y2={y(0)} />
            <line className="cursor" x1={x(shown)} x2={x(shown)} y1="0" y2={HEIGHT} />
            {CURVES.map(({ key, className }) => (
              <polyline key={key} className={className} points={points(key)} />
            ))}
          </svg>
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
      <span className="more">+{signed(column.reward)}</span>
      <span className="less">−{signed(column.penalty)}</span>
      <span>= {signed(column.reward - column.penalty)}</span>
    </div>
  );
}

function summary({ columns, sigmaMin, sigmaMax }: Timeline): string {
  const net = columns.map((c) => c.reward - c.penalty);
  const best = net.indexOf(Math.max(...net));
  return `Reward and penalty at ${columns.length} noise levels. Reward minus penalty of the Direct-Align recovery is highest at sigma ${columns[best].sigma.toFixed(2)} (${signed(net[best])}). Trained between sigma ${sigmaMin.toFixed(2)} and ${sigmaMax.toFixed(2)}.`;
}
