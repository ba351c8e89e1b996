/** @file The random choices of the update under the cursor, what else it measured, and the choices of all the others. */
import { useId } from 'react';
import { cursorStepOf, useStudio, viewOf } from '../../state/store';
import { listedColumns, planText } from '../../state/update-details';
import './update-details.css';

const NOTHING = 'nothing: this method leaves nothing to chance';

export function UpdateDetails() {
  const metrics = useStudio((state) => viewOf(state)?.metrics);
  const method = useStudio((state) => viewOf(state)?.run.method);
  const cursor = useStudio(cursorStepOf);
  const id = useId();
  const update = metrics?.findLast(({ step }) => step <= cursor) ?? metrics?.[0];
  if (!metrics || !method || !update) return null;
  return (
    <section className="update-details" aria-labelledby={id}>
      <h3 id={id}>Update {update.step}</h3>
      <dl>
        <div>
          <dt>drawn by chance</dt>
          <dd>{planText(update) === null ? NOTHING : <code>{planText(update)}</code>}</dd>
        </div>
        {listedColumns(method, update).map(({ label, value }) => (
          <div key={label}>
            <dt>{label}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
      <details className="chart-table">
        <summary>Choices of every update</summary>
        {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling box must be reachable by keyboard */}
        <section className="chart-scroll" tabIndex={0} aria-label="Choices of every update">
          <table>
            <thead>
              <tr>
                <th scope="col">step</th>
                <th scope="col">plan</th>
              </tr>
            </thead>
            <tbody>
              {metrics.map((line) => (
                <tr key={line.step}>
                  <th scope="row">{line.step}</th>
                  <td>
                    <code>{planText(line) ?? '–'}</code>
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </section>
      </details>
    </section>
  );
}
