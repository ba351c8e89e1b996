import { expect, test } from 'vitest';
import { PRESET } from '../../align/preset';
import { FRAMES_KEPT } from '../../formats/kept-steps';
import { duration } from '../numbers/in-words';
import { optionValues } from './codecs';
import { fieldMessage } from './field-message';
import { defaultFields, FIELD_NAMES, FIELDS } from './fields';
import { METHODS } from './methods';
import { readLink, readPermalink, writePermalink } from './permalink';
import { PRESET_FIELDS, PRESETS, presetInUse } from './presets';
import { fieldsOfRun, runOfFields, valueAt } from './run-of-fields';
import { nearestStep, type RunView, withFrame, withMetrics } from './run-view';
import { isShown, shownSettings } from './shown';

test('the default fields are the built-in preset; other prompts are sampled themselves', () => {
  expect(runOfFields(defaultFields())).toEqual(PRESET);
  expect(fieldsOfRun(PRESET).samplePrompts).toEqual([]);
  const own = runOfFields({ ...defaultFields(), prompts: ['dragon'] });
  expect(own.samples.prompts).toEqual(['dragon']);
  expect(fieldsOfRun(own).samplePrompts).toEqual([]);
  expect(runOfFields({ ...defaultFields(), samplePrompts: ['owl'] }).samples.prompts).toEqual(['owl']);
});

test('every leaf of the run file has a row in the table', () => {
  const paths = FIELD_NAMES.flatMap((name) => FIELDS[name].run ?? []);
  const leaves = (value: object, at: string[] = []): string[] =>
    Object.entries(value).flatMap(([key, inner]) =>
      inner !== null && typeof inner === 'object' && !Array.isArray(inner)
        ? leaves(inner, [...at, key])
        : [[...at, key].join('.')],
    );
  expect(leaves(PRESET).filter((leaf) => !paths.includes(leaf))).toEqual(['version']);
  for (const path of paths) expect(valueAt(PRESET, path), path).toBeDefined();
});

test('a run file survives the way through the fields', () => {
  const run = { ...PRESET, seed: 5, reward: { ...PRESET.reward, model: { clip: 1, preference: 0.5 } } };
  expect(runOfFields({ ...defaultFields(), ...fieldsOfRun(run) })).toEqual(run);
});

test('a set of pictures is read by the methods that take one', () => {
  const fields = { ...defaultFields(), images: 'my photos' };
  for (const { id, takesPictures, options, group } of METHODS) {
    const batch = group ? 8 : 2;
    expect(Object.keys(options), id).toBeDefined();
    const run = runOfFields({ ...fields, method: id, options: {}, batch, rewardForm: 'relative' });
    expect(run.images, id).toBe(takesPictures ? 'my photos' : null);
    expect(isShown('images', { method: id, hidden: [], rewardForm: 'relative' }), id).toBe(takesPictures);
  }
  expect(fieldsOfRun(runOfFields(fields)).images).toBe('my photos');
  expect(readPermalink(writePermalink(fields))).toEqual(fields);
});

test('a permalink holds what differs from the defaults and nothing else', () => {
  expect(writePermalink(defaultFields())).toBe('#align');
  const fields = {
    ...defaultFields(),
    place: 'learn' as const,
    prompts: ['cat face, sepia', 'a|b & c=d? é'],
    reward: { clip: 1, preference: 0.25 },
    kappaDenoise: [0.2, 0.4] as [number, number],
    cursorStep: 12,
    logScale: true,
    seed: 0,
  };
  expect(readPermalink(writePermalink(fields))).toEqual(fields);
});

test('a damaged permalink falls back to the defaults', () => {
  const fields = readPermalink('#nowhere?steps=many&method=magic&kd=1&at=3.5&seed=4&unknown=1');
  expect(fields).toEqual({ ...defaultFields(), seed: 4 });
});

test('what a link holds that cannot be used is named as it is written', () => {
  const read = (hash: string) => readLink(hash).refused;
  expect(read('#align?steps=3&at=71')).toEqual([]);
  expect(read('#nowhere?steps=many&method=magic&unknown=1')).toEqual([
    '#nowhere',
    'steps=many',
    'method=magic',
    'unknown=1',
  ]);
  expect(read('#align?rank=-1&csteps=900&at=-2&seed=1.5')).toEqual(['csteps=900', 'at=-2', 'seed=1.5', 'rank=-1']);
  expect(read('#align?prompts=')).toEqual([]);
});

test('values that only fit together are taken together', () => {
  const { fields, refused } = readLink('#align?smin=0.99&smax=0.995&rank=0');
  expect(refused).toEqual(['rank=0']);
  expect(fields).toMatchObject({ sigmaMin: 0.99, sigmaMax: 0.995, rank: defaultFields().rank });
  expect(readLink('#align?smin=0.99').refused).toEqual(['smin=0.99']);
});

test('link names are unique', () => {
  const links = FIELD_NAMES.flatMap((name) => FIELDS[name].link ?? []);
  expect(new Set(links).size).toBe(links.length);
});

test('names and option values survive a link; options that the method has not are refused', () => {
  const fields = { ...defaultFields(), hidden: ['method', 'reward'] };
  expect(readPermalink(writePermalink(fields))).toEqual(fields);
  const options = { group: 8, sde: 'flow', old: [0.1, 0.5] };
  expect(optionValues.read(optionValues.write(options))).toEqual(options);
  expect(readLink('#align?options=nothing:1').refused).toEqual(['options=nothing:1']);
});

test('a link hides controls; settings that the chosen method does not read are not shown', () => {
  const fields = defaultFields();
  expect(isShown('reward', fields)).toBe(true);
  expect(isShown('reward', { ...fields, hidden: ['reward'] })).toBe(false);
  const all = METHODS.flatMap(({ reads }) => reads);
  for (const { id, reads } of METHODS) {
    const shown = FIELD_NAMES.filter((name) => isShown(name, { ...fields, method: id }));
    const paths = shown.flatMap((name) => FIELDS[name].run ?? []).filter((path) => all.includes(path));
    expect(paths.sort()).toEqual([...new Set(reads)].sort());
  }
  const groups = shownSettings({ ...fields, hidden: ['rank', 'alpha', 'targets'] }).map(({ group }) => group);
  expect(groups).not.toContain('LoRA');
});

test('every path that a method reads is a setting of the run file', () => {
  const paths = FIELD_NAMES.flatMap((name) => FIELDS[name].run ?? []);
  expect(METHODS.flatMap(({ reads }) => reads).filter((path) => !paths.includes(path))).toEqual([]);
});

test('every preset is a valid run, recognised when in use, and resets what another preset changes', () => {
  for (const preset of PRESETS) {
    const fields = { ...defaultFields(), ...preset.fields };
    expect(() => runOfFields(fields)).not.toThrow();
    expect(presetInUse(fields)).toBe(preset.id);
    expect(Object.keys(preset.fields).filter((name) => !PRESET_FIELDS.includes(name as never))).toEqual([]);
  }
});

test('a wrong setting is explained in the words of the schema', () => {
  const fields = defaultFields();
  expect(fieldMessage('rank', 8, fields)).toBeNull();
  expect(fieldMessage('rank', -1, fields)).toBe('Expected an integer from 1 to 1024.');
  expect(fieldMessage('sigmaMin', 0.99, fields)).toBe(
    `Expected less than “Trained to σ”, which is ${fields.sigmaMax}.`,
  );
  expect(fieldMessage('kappaDenoise', undefined, fields)).toBe('Expected two numbers with a comma between them.');
});

const view = { metrics: [], frames: {}, frameSteps: [] } as unknown as RunView;

test('frames beyond the limit are thinned, the first and the newest stay', () => {
  let now = view;
  for (let step = 0; step < 100; step++) now = withFrame(now, { step } as never);
  expect(now.frameSteps).toHaveLength(FRAMES_KEPT);
  expect([now.frameSteps[0], now.frameSteps.at(-1)]).toEqual([0, 99]);
  expect(Object.keys(now.frames).map(Number)).toEqual(now.frameSteps);
});

test('metrics of a resumed run replace those that were ahead of it', () => {
  const at = (step: number) => ({ step }) as never;
  const now = [1, 2, 3, 2].reduce((v, step) => withMetrics(v, at(step)), view);
  expect(now.metrics.map((m) => m.step)).toEqual([1, 2]);
});

test('nearest steps and durations', () => {
  expect([nearestStep([0, 10, 20], 14), nearestStep([0, 10], 5), nearestStep([], 5)]).toEqual([10, 0, undefined]);
  expect([duration(24.4), duration(180), duration(200), duration(3900)]).toEqual([
    '24 s',
    '3 min',
    '3 min 20 s',
    '1 h 5 min',
  ]);
});
