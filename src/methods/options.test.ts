import { expect, test } from 'vitest';
import { choiceOption, flagOption, integerOption, pairOption, parseOptions, realOption } from './options';

const said = { label: 'L', help: 'H.' };
const method = {
  id: 'fake',
  options: {
    k: integerOption({ ...said, default: 1, min: 1, max: 8 }),
    rescale: realOption({ ...said, default: 1, min: 0, max: 2 }),
    sde: choiceOption({ ...said, default: 'flow', choices: ['flow', 'dance'] }),
    same: flagOption({ ...said, default: true }),
    decay: pairOption({ ...said, default: [0.1, 0.5], min: 0, max: 1 }),
  },
};

test('every option that is left out has its default', () => {
  const defaults = { k: 1, rescale: 1, sde: 'flow', same: true, decay: [0.1, 0.5] };
  expect(parseOptions(method, {}, 'run.json')).toEqual(defaults);
  expect(parseOptions(method, { k: 4, decay: [0, 1] }, 'run.json')).toEqual({ ...defaults, k: 4, decay: [0, 1] });
});

test('an unknown option names method and key, a wrong value its key and what was expected', () => {
  const wrong = (given: Record<string, unknown>) => () => parseOptions(method, given, 'run.json');
  expect(wrong({ K: 1 })).toThrow(
    'run.json: method "fake" has no option "K": its options are "k", "rescale", "sde", "same", "decay".',
  );
  expect(wrong({ k: 9 })).toThrow('run.json: "options.k" is 9, expected an integer from 1 to 8.');
  expect(wrong({ rescale: '1' })).toThrow('"options.rescale" is "1", expected a number from 0 to 2.');
  expect(wrong({ sde: 'ode' })).toThrow('"options.sde" is "ode", expected "flow" or "dance".');
  expect(wrong({ same: 1 })).toThrow('"options.same" is 1, expected true or false.');
  expect(wrong({ decay: [0] })).toThrow('expected a pair of numbers from 0 to 1.');
  expect(wrong({ decay: [0, 2] })).toThrow('expected a pair of numbers from 0 to 1.');
});
