/** @file One run at several of its kept steps. */
import { Choice } from '../../parts/choice';
import { MOST_COLUMNS } from '../../state/compare-columns';
import { notKept, runOnAxis, runsOf, spread } from '../../state/compare-plan';
import { FIELDS } from '../../state/fields';
import { useField } from '../../state/store';
import { NumberList } from './number-list';
import { useSideOptions } from './use-options';

export function StepsForm() {
  const [chosen, setChosen] = useField('compareRun');
  const [at, setAt] = useField('compareAt');
  const options = useSideOptions();
  const run = runOnAxis({ compareRun: chosen }, options);
  if (!run) return <p className="note">There is no run yet: train one in Align.</p>;
  const steps = [...run.steps.keys()];
  const wrong = (value: number[] | undefined) => {
    if (!value) return `Expected different whole numbers, at most ${MOST_COLUMNS}: 0, 10, 20.`;
    const missing = value.find((step) => !run.steps.has(step));
    return missing === undefined ? null : notKept(missing, run);
  };
  const choose = (id: string) => {
    setChosen(id);
    setAt([]);
  };
  return (
    <>
      <Choice label="Run" value={run.id} options={runsOf(options)} onChange={choose} />
      <NumberList
        label="Steps, 0 is the base"
        codec={FIELDS.compareAt.codec}
        value={at}
        placeholder={spread(steps).join(', ')}
        wrong={wrong}
        onChange={setAt}
      />
      <p className="note">Kept: {steps.join(', ')}.</p>
    </>
  );
}
