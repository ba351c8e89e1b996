/** @file What a run that has ended came to, and what can be done with it: the best step is offered first. */
import { useEffect, useRef } from 'react';
import { compareRun } from '../../actions/compare-run';
import { copyLines, linesOf } from '../../actions/copy-lines';
import { exportSafetensors } from '../../actions/export-safetensors';
import { extend, MORE } from '../../actions/extend';
import { newRun } from '../../actions/new-run';
import { methodOf } from '../../state/methods';
import { isOver, outcomeOf, stepToTake } from '../../state/outcome';
import type { RunView } from '../../state/run-view';
import { changeLive, useStudio } from '../../state/store';
import { ActionButton } from '../action-button';
import { WordHistory } from '../word-history';
import './finished.css';

export function Finished() {
  const live = useStudio((state) => state.live);
  return isOver(live) ? <Card key={live.runId} live={live} /> : null;
}

function Card({ live }: { live: RunView }) {
  const { best, offered, columns, rows } = outcomeOf(live);
  const title = useRef<HTMLHeadingElement>(null);
  const endedHere = live.source === 'live';
  useEffect(() => {
    // The buttons of a run that trained are gone with it: the next key belongs to what it came to.
    if (endedHere && document.activeElement?.matches('body, main, .run-controls *')) title.current?.focus();
  }, [endedHere]);
  const taken = stepToTake(live);
  const called = (step: number) =>
    step === 0 ? 'before' : `step ${step}${step === best ? ', best' : step === live.step ? ', last' : ''}`;
  return (
    <section className="finished panel" aria-labelledby="finished-title">
      <h2 id="finished-title" ref={title} tabIndex={-1}>
        {live.state === 'finished' ? 'Finished' : 'Stopped'}: “{live.name}”
      </h2>
      <p className="note">
        {live.step} steps with {methodOf(live.run.method).label}. {bestInWords(best, live.step)}
      </p>
      <div className="finished-body">
        <div className="finished-result">
          <table>
            <thead>
              <tr>
                <td />
                {columns.map((step) => (
                  <th key={step} scope="col" className={step === taken ? 'taken' : undefined}>
                    {called(step)}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {rows.map(({ label, values }) => (
                <tr key={label}>
                  <th scope="row">{label}</th>
                  {values.map((value, i) => (
                    <td key={columns[i]} className={columns[i] === taken ? 'taken' : undefined}>
                      {value}
                    </td>
                  ))}
                </tr>
              ))}
            </tbody>
          </table>
        </div>
        <div className="finished-side">
          <WordHistory run={live.run} changes={live.wordChanges} />
          {offered.length > 1 && (
            // biome-ignore lint/a11y/useSemanticElements: a fieldset would draw a frame
            <div className="finished-steps" role="group" aria-label="The step to export and compare">
              <span className="label">Take</span>
              {offered.map((step) => (
                <button
                  key={step}
                  type="button"
                  className="chip-button"
                  aria-pressed={step === taken}
                  onClick={() => changeLive((view) => ({ ...view, chosenStep: step }))}
                >
                  {called(step)}
                </button>
              ))}
            </div>
          )}
          <div className="finished-actions">
            <ActionButton action={exportSafetensors} kind="accent" />
            <ActionButton action={compareRun} />
            <ActionButton action={extend}>Train {MORE} more steps</ActionButton>
            <ActionButton action={newRun} />
          </div>
          <details>
            <summary>Use it in diffusers</summary>
            <pre className="lines">{linesOf(live)}</pre>
            <ActionButton action={copyLines} />
          </details>
        </div>
      </div>
    </section>
  );
}

function bestInWords(best: number | null, last: number): string {
  if (best === null) return 'No judge has looked at its samples: the last step is offered.';
  if (best === 0) return 'No kept step has more of the style and keeps things and variety: the last one is offered.';
  const what = 'the most of the style, with things and variety kept';
  return best === last ? `Its last step is its best: ${what}.` : `Step ${best} is its best: ${what}.`;
}
