/** @file The same prompts with the same seeds, before training and at the step under the cursor. */
import { useState } from 'react';
import { Button } from 'react-aria-components/Button';
import { compareRun } from '../../actions/compare-run';
import { nearestStep, type SampleRow } from '../../state/run-view';
import { cursorStepOf, useMark, useStudio, viewOf } from '../../state/store';
import { ActionButton } from '../action-button';
import { PictureCanvas } from '../picture-canvas';
import { RecordedBadge } from '../recorded-badge';
import './samples.css';

export function Samples() {
  const view = useStudio(viewOf);
  const rows = view?.samples;
  const cursor = useStudio(cursorStepOf);
  const trained = useStudio((state) => state.live !== null);
  const marked = useMark('samples');
  const [all, setAll] = useState(false);
  if (!view || !rows?.length) return null;
  const near = nearestStep(
    rows.map((row) => row.step),
    cursor,
  );
  const shown = all ? rows : rows.filter((row, i) => i === 0 || row.step === near);
  return (
    <section className="samples" data-mark={marked} aria-labelledby="samples-title">
      <header className="section-head">
        <h2 id="samples-title">
          Samples, same seeds <RecordedBadge view={view} />
        </h2>
        {rows.length > 2 && (
          <Button className="button quiet" onPress={() => setAll(!all)}>
            {all ? 'First and current' : `All ${rows.length} rows`}
          </Button>
        )}
        {trained && <ActionButton action={compareRun} kind="quiet" />}
      </header>
      {shown.map((row) => (
        <Row key={row.step} row={row} />
      ))}
      {rows.length === 1 && <p className="note">The next row follows as training goes on.</p>}
    </section>
  );
}

function Row({ row }: { row: SampleRow }) {
  return (
    <div className="sample-row">
      <h3>{row.step === 0 ? 'before' : `step ${row.step}`}</h3>
      <ul style={{ '--count': row.prompts.length } as React.CSSProperties}>
        {row.prompts.map((prompt, i) => (
          <li key={`${prompt}-${row.seeds[i]}`}>
            <PictureCanvas
              picture={(row.pictures ?? row.drawn)?.[i] ?? null}
              alt={`“${prompt}”, ${row.step === 0 ? 'before training' : `step ${row.step}`}`}
            />
            <span aria-hidden="true">{prompt}</span>
          </li>
        ))}
      </ul>
    </div>
  );
}
