/** @file Which of the run's steps the judge finds best, above the chart of what it says. */
import { bestOf, isWithinLimits } from '../../../align/best-step';
import { judgedOf } from '../../state/run-view';
import { useStudio, viewOf } from '../../state/store';

export function BestStep() {
  const view = useStudio(viewOf);
  if (!view) return null;
  const grids = judgedOf(view.samples);
  const best = bestOf(view.run, grids, view.step);
  const base = grids.find(({ step }) => step === 0);
  const last = grids.at(-1);
  if (best === null || !base || !last || last.step === 0) return null;
  const gauge = last.gauge ? ` Hacking gauge ${last.gauge.toFixed(2)}: unlike real pictures of the style.` : '';
  return (
    <p className="note">
      {best > 0
        ? `Best step so far: ${best}.`
        : 'Best step so far: 0, the base. No kept step has more of the style and keeps things and variety.'}
      {isWithinLimits(last, base) ? '' : ` Step ${last.step} has lost things or variety.`}
      {gauge}
    </p>
  );
}
