import { describe, expect, it } from 'vitest';
import { UserError } from '../errors';
import { runFileKey } from '../formats/run-file';
import { parseRunFile } from './run-file';

/** These keys alone are a valid file. */
const example = {
  version: 1,
  bundle: 'mini-flux',
  method: 'srpo',
  seed: 7,
  steps: 40,
  batch: 2,
  prompts: ['cat face', 'red apple'],
  images: null,
  lora: { rank: 8, alpha: 8, targets: ['attn.to_q', 'attn.to_k', 'attn.to_v', 'attn.to_out.0'] },
  optimizer: { learningRate: 0.001, weightDecay: 0.0001, clipNorm: 1.0 },
  rollout: { steps: 12, guidance: 3.5 },
  timesteps: { sigmaMin: 0.7, sigmaMax: 0.96, count: 1000, step: 100 },
  reward: {
    model: 'clip',
    positive: ['3d render'],
    negative: ['pencil sketch', 'flat design'],
    kappaDenoise: [0.1, 0.25],
    kappaInversion: [0.3, 0.01],
    margin: 0.7,
  },
};

/** The example with `value` at `path`; undefined deletes the key. */
function changed(path: string, value: unknown): unknown {
  const copy = structuredClone(example) as Record<string, any>;
  const keys = path.split('.');
  const last = keys.pop()!;
  const holder = keys.reduce((inner, key) => inner[key], copy);
  if (value === undefined) delete holder[last];
  else holder[last] = value;
  return copy;
}

describe('parseRunFile', () => {
  it('reads the example, from text and from a value', () => {
    const filled = {
      ...example,
      options: {},
      reward: { ...example.reward, form: 'relative' },
      samples: { every: 10, prompts: example.prompts, seed: 99 },
      keepEvery: 10,
    };
    expect(parseRunFile(example)).toEqual(filled);
    expect(parseRunFile(`\uFEFF${JSON.stringify(example)}`)).toEqual(filled);
    expect(parseRunFile(filled)).toEqual(filled);
  });

  it('fills every default as the example has it', () => {
    expect(parseRunFile({ version: 1, prompts: example.prompts })).toEqual(parseRunFile(example));
    expect(parseRunFile({ version: 1, prompts: ['cat face', 'red apple'] })).toEqual(parseRunFile(example));
    expect(parseRunFile({ version: 1, prompts: ['a'], lora: { rank: 4 } }).lora.alpha).toBe(4);
  });

  it('takes methods, options and reward forms as the registry has them', () => {
    expect(() => parseRunFile(changed('method', 'sft'))).toThrow(
      '"method" is "sft", expected "srpo" or "direct-align"',
    );
    expect(() => parseRunFile({ ...example, options: { k: 1 } })).toThrow(
      'run.json: method "srpo" has no option "k": it has no options.',
    );
    expect(() => parseRunFile({ ...example, options: [] })).toThrow('"options" is [], expected an object');
    for (const form of ['positive', 'prompt']) {
      expect(() => parseRunFile(changed('reward.form', form))).toThrow(
        `run.json: method "srpo" takes "reward.form" "relative", not "${form}".`,
      );
      const run = parseRunFile({ ...example, method: 'direct-align', reward: { ...example.reward, form } });
      expect(run.reward.form).toBe(form);
    }
    expect(() => parseRunFile(changed('reward.form', 'none'))).toThrow(
      '"reward.form" is "none", expected "relative" or "positive" or "prompt"',
    );
  });

  it('lets a person judge where no gradient of the reward is needed', () => {
    const reward = { ...example.reward, model: 'person' };
    expect(() => parseRunFile({ ...example, reward })).toThrow(
      'run.json: method "srpo" needs a reward\'s gradient, which "person" has not; those that do without are "grpo" or "nft".',
    );
    expect(parseRunFile({ ...example, method: 'nft', batch: 8, reward }).reward.model).toBe('person');
    const mixed = { ...reward, model: { person: 1, clip: 1 } };
    expect(() => parseRunFile({ ...example, method: 'nft', batch: 8, reward: mixed })).toThrow('name "person" alone');
  });
  it('accepts the optional keys', () => {
    const run = parseRunFile({
      ...example,
      keepEvery: 5,
      samples: { every: 2, prompts: ['frog'], seed: 0 },
      reward: { ...example.reward, model: { clip: 1, preference: 0.5 } },
    });
    expect(run.keepEvery).toBe(5);
    expect(run.samples).toEqual({ every: 2, prompts: ['frog'], seed: 0 });
    expect(run.reward.model).toEqual({ clip: 1, preference: 0.5 });
  });

  it.each([
    ['lora.rank', -4, 'run.json: "lora.rank" is -4, expected an integer from 1 to 1024.'],
    ['lora.rank', 2.5, 'run.json: "lora.rank" is 2.5, expected an integer from 1 to 1024.'],
    ['lora.rank', '8', 'run.json: "lora.rank" is "8", expected an integer from 1 to 1024.'],
    ['lora.alpha', 0, 'run.json: "lora.alpha" is 0, expected a number from 0.000001 to 65536.'],
    // Smaller ones would train nothing but zeros in f32.
    ['lora.alpha', 1e-300, 'run.json: "lora.alpha" is 1e-300, expected a number from 0.000001 to 65536.'],
    ['lora.targets', [], 'run.json: "lora.targets" is [], expected at least one name of a linear such as "attn.to_q".'],
    ['lora.targets', ['attn.to_q', 'attn.to_q'], 'run.json: "lora.targets" names "attn.to_q" twice.'],
    ['lora', 8, 'run.json: "lora" is 8, expected an object.'],
    ['lora.dropout', 0, 'run.json: unknown key "lora.dropout".'],
    ['learning_rate', 1, 'run.json: unknown key "learning_rate".'],
    ['__proto', 1, 'run.json: unknown key "__proto".'],
    ['version', 2, 'run.json: "version" is 2, expected 1.'],
    ['version', undefined, 'run.json: "version" is missing, expected 1.'],
    ['method', 'ppo', 'run.json: "method" is "ppo", expected "srpo" or "direct-align" or '],
    ['prompts', [], 'run.json: "prompts" is [], expected at least one prompt that is not empty.'],
    ['prompts', undefined, 'run.json: "prompts" is missing, expected at least one prompt that is not empty.'],
    ['prompts', ['cat', ' '], 'run.json: "prompts.1" is " ", expected at least one prompt that is not empty.'],
    ['prompts', 'cat', 'run.json: "prompts" is "cat", expected at least one prompt that is not empty.'],
    ['batch', 0, 'run.json: "batch" is 0, expected an integer from 1 to 256.'],
    ['steps', null, 'run.json: "steps" is null, expected an integer from 1 to 100000.'],
    ['seed', -1, 'run.json: "seed" is -1, expected an integer from 0 to 4294967295.'],
    ['optimizer.clipNorm', 0, 'run.json: "optimizer.clipNorm" is 0, expected a number from 0.000001 to 1000000.'],
    ['optimizer.learningRate', '1e-3', 'run.json: "optimizer.learningRate" is "1e-3", expected a number from 0 to 1.'],
    ['timesteps.sigmaMin', 0.96, 'run.json: "timesteps.sigmaMin" is 0.96, expected less than sigmaMax, which is 0.96.'],
    ['timesteps.sigmaMax', 1.5, 'run.json: "timesteps.sigmaMax" is 1.5, expected a number from 0 to 1.'],
    ['timesteps.count', 10, 'run.json: "timesteps.count" is 10, expected an integer from 11 to 1000000.'],
    ['reward.positive', [], 'run.json: "reward.positive" is [], expected at least one control word that is not empty.'],
    [
      'reward.negative',
      [''],
      'run.json: "reward.negative.0" is "", expected at least one control word that is not empty.',
    ],
    ['reward.kappaDenoise', [0.1], 'run.json: "reward.kappaDenoise" is [0.1], expected a pair of numbers'],
    ['reward.kappaInversion', [0, 'x'], 'run.json: "reward.kappaInversion.1" is "x", expected a pair of numbers'],
    ['reward.model', {}, 'run.json: "reward.model" is {}, expected the name of a reward'],
    ['reward.model', { clip: -1 }, 'run.json: "reward.model.clip" is -1, expected a number above 0, at most 1000000.'],
    ['reward.model', 3, 'run.json: "reward.model" is 3, expected the name of a reward'],
    ['samples', { every: 0 }, 'run.json: "samples.every" is 0, expected an integer from 1 to 100000.'],
    ['images', 4, 'run.json: "images" is 4, expected null or the name of a folder of pictures.'],
  ])('refuses %s = %j in one sentence', (path, value, sentence) => {
    const read = () => parseRunFile(changed(path, value));
    expect(read).toThrow(UserError);
    expect(read).toThrow(sentence);
  });

  it.each([
    ['', 'my.json is not valid JSON'],
    ['{"version": 1,', 'my.json is not valid JSON'],
    ['[]', 'my.json holds [], expected a run file'],
    ['null', 'my.json holds null, expected a run file'],
    ['{"version":1,"prompts":["a"],"__proto__":{"seed":3}}', 'my.json: unknown key "__proto__".'],
  ])('refuses the text %j', (input, sentence) => {
    expect(() => parseRunFile(input, 'my.json')).toThrow(sentence);
  });
});

describe('runFileKey', () => {
  it('ignores steps and the order of keys, and nothing else', () => {
    const key = runFileKey(parseRunFile(example));
    expect(runFileKey(parseRunFile(changed('steps', 99)))).toBe(key);
    expect(runFileKey(parseRunFile(Object.fromEntries(Object.entries(example).reverse())))).toBe(key);
    for (const path of ['seed', 'batch', 'lora.rank', 'rollout.steps']) {
      expect(runFileKey(parseRunFile(changed(path, 3)))).not.toBe(key);
    }
  });
});
