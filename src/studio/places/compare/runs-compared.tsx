/** @file Charts of several runs over each other with one legend, and the settings in which they differ. */
import { useEffect, useMemo } from 'react';
import { logScale } from '../../actions/log-scale';
import { ActionButton } from '../../parts/action-button';
import { Chart } from '../../parts/chart';
import { readRuns } from '../../remote/compare-runs';
import { report } from '../../remote/report';
import { comparableRuns, comparedRuns, shownRuns } from '../../state/comparable-runs';
import { letterOf } from '../../state/compare-columns';
import { methodOf } from '../../state/methods';
import { type ComparedRun, MOST_RUNS, overlay, RUN_LOOKS } from '../../state/overlay';
import { settingsThatDiffer } from '../../state/settings-that-differ';
import { useField, useStudio } from '../../state/store';
import './runs-compared.css';

export default function RunsCompared() {
  const live = useStudio((state) => state.live);
  const recording = useStudio((state) => state.recording);
  const compare = useStudio((state) => state.compare);
  const fields = useStudio((state) => state.fields);
  const [, setChosen] = useField('compareRuns');
  const state = { live, recording, compare, fields };
  const there = comparableRuns(state);
  const ids = shownRuns(state);
  const wanted = ids.join('\n');
  // biome-ignore lint/correctness/useExhaustiveDependencies: `wanted` stands for the ids; read again once they are let go
  useEffect(
    () => void readRuns(ids.filter((id) => id !== live?.runId && id !== 'recorded')).catch(report),
    [wanted, compare.runs],
  );
  const runs = comparedRuns(state);
  return (
    <>
      <section className="panel runs-chosen" aria-labelledby="runs-chosen-title">
        <h2 id="runs-chosen-title">Runs to lay over each other</h2>
        <ul>
          {there.map(({ id, label }) => {
            const isShown = ids.includes(id);
            return (
              <li key={id}>
                <label className="check">
                  <input
                    type="checkbox"
                    checked={isShown}
                    disabled={isShown ? ids.length === 1 : ids.length >= MOST_RUNS}
                    onChange={() => setChosen(isShown ? ids.filter((other) => other !== id) : [...ids, id])}
                  />
                  {label}
                </label>
              </li>
            );
          })}
        </ul>
        {there.length < 2 && (
          <p className="note">
            {there.length === 0 ? 'There is no run yet.' : 'There is one run so far.'} Train another in Align, with
            another method or other settings, and both can be seen on one axis here.
          </p>
        )}
      </section>
      {runs.length > 0 && <Overlaid runs={runs} />}
    </>
  );
}

function Overlaid({ runs }: { runs: ComparedRun[] }) {
  const [log] = useField('logScale');
  const charts = overlay(runs);
  const differing = useMemo(() => settingsThatDiffer(runs.map(({ run }) => run)), [runs]);
  return (
    <>
      <section className="panel overlaid" aria-label="Charts of these runs">
        <div className="overlaid-head">
          <ul className="runs-legend">
            {runs.map(({ id, name, run, metrics }, i) => (
              <li key={id} className={`tint${RUN_LOOKS[i].color}`}>
                <svg viewBox="0 0 30 6" aria-hidden="true">
                  <path d="M0 3h30" strokeDasharray={RUN_LOOKS[i].dash?.join(' ')} />
                </svg>
                <span>
                  <b>{letterOf(i)}</b> {name}
                  <span className="note">
                    {' '}
                    {methodOf(run.method).label}, {metrics.length} updates
                  </span>
                </span>
              </li>
            ))}
          </ul>
          <ActionButton action={logScale} kind="quiet">
            {log ? 'linear scale' : 'log scale'}
          </ActionButton>
        </div>
        <div className="overlaid-charts">
          {charts.map(({ title, steps, series, canBeLog }) => (
            <Chart key={title} title={title} steps={steps} series={series} log={canBeLog && log} bridged />
          ))}
        </div>
      </section>
      {runs.length > 1 && (
        <section className="panel overlaid" aria-labelledby="differing-title">
          <h2 id="differing-title">Settings that differ</h2>
          {differing.length === 0 ? (
            <p className="note">None: these runs are made alike.</p>
          ) : (
            // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling box must be reachable by keyboard
            <section className="differing" tabIndex={0} aria-label="Settings that differ, as a table">
              <table>
                <thead>
                  <tr>
                    <th scope="col">setting</th>
                    {runs.map(({ id, name }, i) => (
                      <th key={id} scope="col">
                        {letterOf(i)}: {name}
                      </th>
                    ))}
                  </tr>
                </thead>
                <tbody>
                  {differing.map(({ label, values }) => (
                    <tr key={label}>
                      <th scope="row">{label}</th>
                      {values.map((value, i) => (
                        <td key={runs[i].id}>{value}</td>
                      ))}
                    </tr>
                  ))}
                </tbody>
              </table>
            </section>
          )}
        </section>
      )}
    </>
  );
}
