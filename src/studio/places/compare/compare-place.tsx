/**
 * @file The Compare place: the same prompts and seeds drawn by several sides, at several strengths or steps, or the charts
 * of several runs over each other.
 */
import { lazy, Suspense, useEffect } from 'react';
import { readOffers } from '../../remote/compare-offers';
import { report } from '../../remote/report';
import type { CompareView } from '../../state/fields';
import { useField, useStudio } from '../../state/store';
import { DrawnPictures } from './drawn-pictures';
import { WhatToDraw } from './what-to-draw';
import './compare-place.css';

const EvaluationTable = lazy(() => import('../../parts/evaluation-table'));
const RunsCompared = lazy(() => import('./runs-compared'));

const VIEWS: readonly { id: CompareView; label: string }[] = [
  { id: 'sides', label: 'Side by side' },
  { id: 'strengths', label: 'Strengths of a LoRA' },
  { id: 'steps', label: 'Steps of a run' },
  { id: 'runs', label: 'Charts of runs' },
];

export default function ComparePlace() {
  const [view, setView] = useField('compareView');
  const capability = useStudio((state) => state.capability);
  const version = useStudio((state) => state.libraryVersion);
  const evaluation = useStudio((state) => state.compare.evaluation);
  // biome-ignore lint/correctness/useExhaustiveDependencies: read again whenever the Library changed
  useEffect(() => void readOffers().catch(report), [version]);
  return (
    <div className="compare-place">
      {capability && capability.kind !== 'ready' && (
        <p className="banner" role="status">
          {capability.sentence}
        </p>
      )}
      <fieldset className="segments">
        <legend className="hidden">What to compare</legend>
        {VIEWS.map(({ id, label }) => (
          <label key={id} className={view === id ? 'chosen' : ''}>
            <input type="radio" name="compare-view" checked={view === id} onChange={() => setView(id)} />
            {label}
          </label>
        ))}
      </fieldset>
      {view === 'runs' ? (
        <Suspense fallback={<p className="loading">Opening…</p>}>
          <RunsCompared />
        </Suspense>
      ) : (
        <>
          <WhatToDraw axis={view} />
          <DrawnPictures />
          {evaluation && (
            <Suspense>
              <EvaluationTable evaluation={evaluation.of} shorts={evaluation.shorts} />
            </Suspense>
          )}
        </>
      )}
    </div>
  );
}
