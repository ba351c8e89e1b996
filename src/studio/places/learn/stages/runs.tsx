/**
 * @file Four runs on the plane, trained ahead with fixed seeds (src/lesson-data/runs.ts), side by side at the same share of
 * their way. What each was is said only where the lesson asks for it.
 */
import { REACH, spotsOf } from '../../../../laboratory/data';
import runs from '../../../lessons/data/runs.json';
import { RUN_NAMES } from '../../../lessons/run-names';
import { signed } from '../../../numbers/in-words';
import { useField, useMark } from '../../../state/store';
import './runs.css';

const LETTERS = 'ABCD';
const spots = spotsOf('ring');

export function Runs() {
  const [at, setAt] = useField('runsAt');
  const [named] = useField('runsNamed');
  const marked = useMark('runs');
  const measures = useMark('measures');
  return (
    <section className="four-runs panel" aria-label="Four runs, side by side">
      <label className="lab-slider">
        <span className="label">Training, from the untrained network to the end of each run</span>
        <input
          type="range"
          aria-label="Training"
          min={0}
          max={runs[0].states.length - 1}
          value={at}
          aria-valuetext={at === 0 ? 'before training' : `part ${at} of ${runs[0].states.length - 1}`}
          onChange={(event) => setAt(event.target.valueAsNumber)}
        />
      </label>
      <div className="fr-list" data-mark={marked}>
        {runs.map(({ id, states }, i) => {
          const { step, reward, spread, onData, points } = states[Math.min(at, states.length - 1)];
          const name = `Run ${LETTERS[i]}`;
          return (
            <figure key={id}>
              <figcaption>
                <b>{name}</b> {named && <span>{RUN_NAMES[id as keyof typeof RUN_NAMES]}</span>}
              </figcaption>
              <svg
                viewBox={`${-100 * REACH} ${-100 * REACH} ${200 * REACH} ${200 * REACH}`}
                role="img"
                aria-label={`${name} after ${step} updates`}
              >
                {spots.map(({ x, y, radius }) => (
                  <circle key={`${x},${y}`} className="data" cx={100 * x} cy={-100 * y} r={200 * radius} />
                ))}
                <path d={dots(points)} />
              </svg>
              <dl data-mark={measures}>
                <div>
                  <dt>updates</dt>
                  <dd>{step}</dd>
                </div>
                <div>
                  <dt>reward</dt>
                  <dd>
                    {signed(states[0].reward, 2)} → {signed(reward, 2)}
                  </dd>
                </div>
                <div>
                  <dt>spread</dt>
                  <dd>{spread.toFixed(2)}</dd>
                </div>
                <div>
                  <dt>on the data</dt>
                  <dd>{Math.round(100 * onData)} %</dd>
                </div>
              </dl>
            </figure>
          );
        })}
      </div>
      <p className="note">
        Dots: 192 samples, always from the same noise. Dashed: the data. Reward, from before training to now; spread,
        near 0 where all samples are one; the share of samples that lie on the data.
      </p>
    </section>
  );
}

/** All points as one path of round strokes. */
function dots(points: readonly number[]): string {
  let path = '';
  for (let i = 0; i < points.length; i += 2) path += `M${points[i]} ${-points[i + 1]}h0`;
  return path;
}
