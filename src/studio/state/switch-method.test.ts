import { expect, test } from 'vitest';
import { fieldMessage, settingsMessage } from './field-message';
import { defaultFields, type Fields } from './fields';
import { ownOptions } from './method-options';
import { METHODS, methodOf } from './methods';
import { readLink, writePermalink } from './permalink';
import { PRESETS, presetInUse } from './presets';
import { fieldsOfRun, runOfFields } from './run-of-fields';
import { chooseMethod, getState, setFields, useStudio } from './store';
import { fittingBatch, nothingTyped } from './switch-method';

const begin = (changes: Partial<Fields> = {}) =>
  useStudio.setState({ fields: { ...defaultFields(), ...changes }, typed: nothingTyped });

test('every method can be chosen and trains at once, with its own options and no others', () => {
  for (const from of METHODS) {
    for (const { id, options } of METHODS) {
      begin();
      chooseMethod(from.id);
      chooseMethod(id);
      const { fields } = getState();
      expect(settingsMessage(fields), `${id} after ${from.id}`).toBeNull();
      const run = runOfFields(fields);
      expect(run.method).toBe(id);
      expect(Object.keys(run.options)).toEqual(Object.keys(options));
    }
  }
});

const withMethod = (method: string): Fields => ({ ...defaultFields(), method: method as Fields['method'], batch: 3 });

/** Another value than the default, where the option has one that is easily told. */
const another = Object.fromEntries(
  METHODS.map(({ id, options }) => [
    id,
    Object.fromEntries(
      Object.entries(options).flatMap(([name, { kind, default: initial, max }]): [string, unknown][] =>
        kind === 'real' && max !== initial ? [[name, max]] : kind === 'flag' ? [[name, !initial]] : [],
      ),
    ),
  ]),
);

test('a method that is left and chosen again has what was typed for it', () => {
  begin({ batch: 3 });
  for (const { id, forms } of METHODS) {
    chooseMethod(id);
    setFields({ options: another[id], rewardForm: forms.at(-1)! });
  }
  const batches = METHODS.map(({ id }) => {
    chooseMethod(id);
    const { fields } = getState();
    expect(fields).toMatchObject({ method: id, options: another[id], rewardForm: methodOf(id).forms.at(-1) });
    return fields.batch;
  });
  expect(batches).toEqual(METHODS.map(({ id, group }) => (group ? fittingBatch(withMethod(id)) : 3)));
});

test('a link, and a run file that is opened, keep method and options', () => {
  for (const { id } of METHODS) {
    begin();
    chooseMethod(id);
    setFields({ options: another[id] });
    const { fields } = getState();
    const read = readLink(writePermalink(fields));
    expect(read.refused).toEqual([]);
    expect(read.fields).toEqual(fields);
    expect({ ...defaultFields(), recordingId: fields.recordingId, ...fieldsOfRun(runOfFields(fields)) }).toEqual(
      fields,
    );
    // A link that only names the method is one of a run that there can be.
    expect(readLink(`#align?method=${id}`).refused).toEqual([]);
  }
});

test('a preset is not in use while options of a method are', () => {
  const preset = PRESETS[0];
  expect(presetInUse({ ...defaultFields(), ...preset.fields, options: { k: 2 } })).toBeNull();
});

test('a batch that the groups do not divide is explained at its field', () => {
  const fields = { ...withMethod('grpo'), options: { group: 6 }, batch: 12 };
  expect(fieldMessage('batch', 10, fields)).toBe('Expected a multiple of “Group”, which is 6.');
  expect(fittingBatch({ ...fields, batch: 10 })).toBe(12);
  expect(fittingBatch({ ...fields, batch: 1 })).toBe(6);
  expect(fittingBatch({ ...fields, method: 'srpo', options: {}, batch: 5 })).toBe(5);
});

test('what does not fit another setting names both', () => {
  const fields = { ...withMethod('draft'), options: { k: 8 } };
  expect(settingsMessage(fields)).toBeNull();
  expect(fieldMessage('rolloutSteps', 4, fields)).toBe('“Steps K” is 8, expected at most “Sampler steps”, which is 4.');
  expect(fieldMessage('options', { k: 9 }, fields)).toBe('Expected an integer from 1 to 8.');
  expect(settingsMessage({ ...fields, rolloutSteps: 4 })).toContain('“Steps K”');
});

test('an option at its default is none of the fields’, also where the default follows another option', () => {
  const { options } = methodOf('grpo');
  expect(ownOptions({ sde: 'dance', eta: 0.3, kl: 0 }, options)).toEqual({ sde: 'dance' });
  expect(ownOptions({ sde: 'dance', eta: 0.7 }, options)).toEqual({ sde: 'dance', eta: 0.7 });
});
