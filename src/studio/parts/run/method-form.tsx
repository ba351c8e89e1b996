/**
 * @file The method as one choice, with what it does in two sentences, the options it has and nothing of any other. The
 * form is made from what the method declares.
 */
import type { Codec } from '../../state/codecs';
import { fieldMessage } from '../../state/field-message';
import type { Fields } from '../../state/fields';
import { FIELDS } from '../../state/fields';
import { METHODS, methodOf } from '../../state/methods';
import { isShown } from '../../state/shown';
import { chooseMethod, getState, setFields, useField, useMark, useStudio } from '../../state/store';
import { fittingBatch } from '../../state/switch-method';
import { Choice } from '../choice';
import { OptionRows, TypedInput } from '../option-rows';
import './method-form.css';

const FORMS: Record<Fields['rewardForm'], { label: string; about: string }> = {
  relative: { label: '“More of” against “less of”', about: 'The reward of the wanted words minus that of the others.' },
  positive: { label: '“More of” alone', about: 'The reward of the prompt with a wanted word before it.' },
  prompt: { label: 'Prompt alone', about: 'The reward of the prompt without any word.' },
};

/** The list says the first of a method's sentences; both stand below it once it is chosen. */
const CHOICES = METHODS.map(({ id, label, about }) => ({ id, label, about: about.split(/(?<=\.) /)[0] }));

/** Other options; the batch follows where one of them sets how many pictures make a group. */
const withOptions = (fields: Fields, options: Fields['options']): Pick<Fields, 'options' | 'batch'> => ({
  options,
  batch: fittingBatch({ ...fields, options }),
});

export function MethodForm() {
  const [method] = useField('method');
  const [hidden] = useField('hidden');
  const [rewardForm, setRewardForm] = useField('rewardForm');
  const locked = useStudio((state) => state.live !== null);
  const [options] = useField('options');
  const marked = useMark('method');
  const { about, forms, group } = methodOf(method);
  const shown = (name: keyof Fields) => isShown(name, { method, hidden, rewardForm });
  return (
    <div className="method-form" data-mark={marked}>
      {shown('method') && (
        <>
          <Choice label="Method" value={method} options={CHOICES} onChange={chooseMethod} isDisabled={locked} />
          <p className="note">{about}</p>
        </>
      )}
      {shown('options') && (
        <OptionRows
          method={methodOf(method)}
          options={options}
          onChange={(next) => setFields(withOptions(getState().fields, next))}
          wrong={(next) => {
            const fields = { ...getState().fields, ...withOptions(getState().fields, next) };
            return fieldMessage('options', fields.options, fields);
          }}
          isDisabled={locked}
          more={
            group && shown('batch')
              ? { help: `${FIELDS.batch.setting!.label}: ${FIELDS.batch.setting!.help}`, row: <BatchInput /> }
              : undefined
          }
        />
      )}
      {forms.length > 1 && shown('rewardForm') && (
        <Choice
          label="Reward form"
          value={rewardForm}
          options={forms.map((form) => ({ id: form, ...FORMS[form] }))}
          onChange={(form) => setRewardForm(form as Fields['rewardForm'])}
          isDisabled={locked}
        />
      )}
    </div>
  );
}

/** Pictures of an update, where they come in groups. */
function BatchInput() {
  const [batch, setBatch] = useField('batch');
  const { label } = FIELDS.batch.setting!;
  return (
    <>
      <span aria-hidden="true">{label}</span>
      <TypedInput
        label={label}
        codec={FIELDS.batch.codec as Codec<unknown>}
        value={batch}
        wrong={(next) => fieldMessage('batch', next)}
        onChange={(next) => setBatch(next as number)}
      />
    </>
  );
}
