/** @file One LoRA at several strengths. */
import { Choice } from '../../parts/choice';
import { MOST_COLUMNS } from '../../state/compare-columns';
import { loraOnAxis } from '../../state/compare-plan';
import { FIELDS } from '../../state/fields';
import { useField } from '../../state/store';
import { NumberList } from './number-list';
import { useSideOptions } from './use-options';

export function StrengthsForm() {
  const [chosen, setChosen] = useField('compareLora');
  const [strengths, setStrengths] = useField('compareStrengths');
  const options = useSideOptions().filter(({ id }) => id !== 'base');
  const option = loraOnAxis({ compareLora: chosen }, options);
  if (!option)
    return <p className="note">There is no LoRA yet: train a run in Align, or drop a LoRA file on the page.</p>;
  return (
    <>
      <Choice label="LoRA" value={option.id} options={options} onChange={setChosen} />
      <NumberList
        label="Strengths"
        codec={FIELDS.compareStrengths.codec}
        value={strengths}
        wrong={(value) =>
          value?.length ? null : `Expected different numbers from -2 to 4, at most ${MOST_COLUMNS}: 0, 0.5, 1.`
        }
        onChange={setStrengths}
      />
    </>
  );
}
