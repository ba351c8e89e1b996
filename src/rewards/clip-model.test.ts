import { describe, expect, it, test } from 'vitest';
import { gradients } from '../compiler/differentiate';
import { randomArray, relativeL2 } from '../compiler/testing';
import { UserError } from '../errors';
import { dirSource } from '../formats/dir-source';
import { type FileSource, memorySource } from '../formats/file-source';
import { openTensors } from '../formats/safetensors';
import { CpuProgram } from '../graph/cpu-program';
import { input, reachable, type Value, weightOp } from '../graph/graph';
import { type Bundle, openBundle, withRewards } from '../models/bundle';
import { endOf } from '../models/clip-text';
import type { WeightScope } from '../models/weights';
import { openReward } from '.';
import { clip } from './clip';
import type { OpenReward, TextDesk } from './reward';

const GOLDEN = 'tools/reference/golden/clip';
const nano = () => openBundle(dirSource('public/bundles/nano'));
const golden = (name: string) => dirSource(`${GOLDEN}/${name}`);

/** nano with reward folders by their names. */
const bundleWith = async (folders: Record<string, FileSource>): Promise<Bundle> =>
  withRewards(await nano(), new Map(Object.entries(folders)));

/** Runs graphs on the CPU, their weights laid out as files have them (patches aside). */
async function cpuProgram(outputs: Record<string, Value>, scopes: readonly WeightScope[]): Promise<CpuProgram> {
  const data = new Map<string, Float32Array>();
  for (const { op, attrs } of reachable(Object.values(outputs))) {
    if (op !== weightOp) continue;
    const scope = scopes.find(({ model }) => attrs.name.startsWith(`${model}/`))!;
    const read = await scope.tensors.readFloat32(attrs.name.slice(scope.model.length + 1));
    const [o, c, h, w] = read.shape;
    const patch = (i: number) =>
      Math.floor(i / (c * h * w)) * c * h * w + (i % c) * h * w + (Math.floor(i / c) % (h * w));
    data.set(attrs.name, attrs.layout === 'patch' ? read.data.map((_, i) => read.data[patch(i)]) : read.data);
    expect(o).toBeGreaterThan(0);
  }
  return new CpuProgram(outputs, (leaf) => data.get(leaf.attrs.name));
}

const cuts: string[] = [];
const desk: TextDesk = {
  pooled: async () => new Float32Array(),
  program: async (_, trace, scopes) => cpuProgram(trace(), scopes),
  onCut: (warning) => cuts.push(warning),
};

const TEXTS = [
  "Natural lighting. A cat's face",
  '3d render, two  RED apples, and a very long tail of words that is cut off',
  'é 猫',
];

describe.each(['hf', 'open-clip'])('a model of %s', (name) => {
  const of = async (tensor: string) => (await openTensors(golden(name), 'expected')).readFloat32(tensor);

  it('reads texts, pictures and their score as transformers does, with the same gradient', async () => {
    const reward = await openReward(await bundleWith({ pickscore: golden(name) }), 'pickscore');
    const features: Float32Array[] = [];
    for (const text of TEXTS) features.push(await reward.text!(text, desk));
    const { shape, data: text } = await of('text');
    const scale = Math.hypot(...features[0]);
    for (const [i, row] of features.entries()) {
      const wanted = text.slice(i * shape[1], (i + 1) * shape[1]);
      expect(
        relativeL2(
          row,
          wanted.map((v) => v * scale),
        ),
        TEXTS[i],
      ).toBeLessThan(2e-6);
    }
    expect(cuts.at(-1)).toMatch(/^Prompt cut to 2[04] tokens at the bar: "/);

    const picture = await of('picture');
    const [, height, width] = picture.shape;
    const leaf = input('picture', [1, height, width, 3]);
    const image = reward.tower.embed(leaf);
    const r = reward.trace(image);
    const seed = input('seed', r.shape);
    const [gradient] = gradients(r, seed, [leaf]);
    const program = await cpuProgram({ image, r, gradient }, reward.tower.scopes);
    const lastAxis = Float32Array.from(
      picture.data,
      (_, i) => picture.data[(i % 3) * height * width + Math.floor(i / 3)],
    );
    program.write('picture', lastAxis);
    program.write('seed', Float32Array.of(1));
    // All texts at once: what it gives is the sum of their scores.
    const texts = TEXTS.map(() => ({ weight: 1, word: null }));
    let next = 0;
    const row = reward.row({ prompt: '', texts, wordless: 1 }, () => features[next++ % TEXTS.length]);
    const sum = features[0].map((_, i) => features.reduce((total, c) => total + c[i], 0));
    for (const key of Object.keys(row)) program.write(key, sum);
    await program.runAndWait();
    expect(relativeL2(await program.read('image'), (await of('image')).data)).toBeLessThan(2e-6);
    const score = (await of('score')).data.reduce((a, b) => a + b);
    expect((await program.read('r'))[0]).toBeCloseTo(score, 5);
    const found = await program.read('gradient');
    const first = found.map((_, i) => found[(i % (height * width)) * 3 + Math.floor(i / (height * width))]);
    expect(relativeL2(first, (await of('gradient')).data)).toBeLessThan(1e-5);
  });
});

test('a score is the cosine but for PickScore, by the name of the reward or by its config', async () => {
  const length = async (name: string, source = golden('hf')) => {
    const { text, label } = await openReward(await bundleWith({ [name]: source }), name);
    return [Math.hypot(...(await text!('a cat', desk))).toFixed(4), label];
  };
  const scaled = (await openTensors(golden('hf'), 'model')).readFloat32('logit_scale');
  const scale = (Math.exp((await scaled).data[0]) / 20).toFixed(4);
  expect(await length('hps')).toEqual(['1.0000', 'text and picture']);
  expect(await length('my-PickScore_v1')).toEqual([scale, 'text and picture, PickScore']);
  expect(await length('other', await changed({ score: 'pickscore' }))).toEqual([scale, 'text and picture, PickScore']);
  expect(await length('pick', await changed({ score: 'cosine' }))).toEqual(['1.0000', 'text and picture']);
});

test('with "weights": "q8_0" in the config the matrices of the layers are kept in blocks', async () => {
  const bundle = await nano();
  const folder = await bundle.rewardFolder('clip');
  const picture = input('picture', [1, 48, 48, 3]);
  const embed = async (config: object) => {
    const { tower } = await clip.open({ ...folder, config: { ...(folder.config as object), ...config } }, bundle);
    const image = tower.embed(picture);
    const matrices = reachable([image]).filter((v) => v.op === weightOp && v.dtype === 'q8_0');
    const program = await cpuProgram({ image }, tower.scopes);
    program.write('picture', randomArray(picture.size));
    await program.runAndWait();
    return { matrices: matrices.length, image: await program.read('image') };
  };
  const [whole, blocks] = [await embed({}), await embed({ weights: 'q8_0' })];
  // Query, key, value, output and two of the MLP, in two layers.
  expect([whole.matrices, blocks.matrices]).toEqual([0, 12]);
  const error = relativeL2(blocks.image, whole.image);
  expect(error).toBeGreaterThan(0);
  expect(error).toBeLessThan(0.02);
  await expect(embed({ weights: 'q3' })).rejects.toThrow('"weights" is "q3", expected "q8_0"');
});

test('the end of a text is its first end token, or the greatest id where a config still says 2', () => {
  expect(endOf([534, 7, 535, 535, 9], { eos_token_id: 535 }, 'a')).toBe(2);
  expect(endOf([534, 7, 535, 600, 535], { eos_token_id: 535 }, 'a')).toBe(2);
  expect(endOf([534, 7, 535, 600, 600], { eos_token_id: 2 }, 'a')).toBe(3);
  expect(() => endOf([534, 7], { eos_token_id: 535 }, 'a.json')).toThrow(UserError);
});

test("LAION's linears are one affine map", async () => {
  const bundle = await bundleWith({ hf: golden('hf'), aesthetic2: golden('aesthetic') });
  const reward = await openReward(bundle, 'aesthetic2');
  expect(reward.label).toBe('picture alone, LAION aesthetic');
  const features = input('features', [1, reward.tower.projection]);
  const program = await cpuProgram({ r: reward.trace(features) }, reward.scopes);
  program.write('features', (await (await openTensors(golden('hf'), 'expected')).readFloat32('image')).data);
  for (const [key, data] of Object.entries(
    reward.row({ prompt: '', texts: [], wordless: 1 }, () => new Float32Array()),
  ))
    program.write(key, data);
  await program.runAndWait();
  const { data } = await (await openTensors(golden('aesthetic'), 'expected')).readFloat32('score');
  // On the range of 0 to 10.
  expect((await program.read('r'))[0]).toBeCloseTo(data[0] / 10, 6);
});

/** The folder of `hf` with keys of its config changed, and files replaced; undefined removes one. */
async function changed(config: object, files: Record<string, object | undefined> = {}): Promise<FileSource> {
  const hf = golden('hf');
  const own = JSON.parse(new TextDecoder().decode(await hf.read('config.json')));
  const over: Record<string, object | undefined> = { 'config.json': { ...own, ...config }, ...files };
  const kept = Object.entries(over).filter(([, value]) => value !== undefined);
  const memory = memorySource('a', Object.fromEntries(kept.map(([path, value]) => [path, JSON.stringify(value)])));
  const at = (path: string) => (path in over ? memory : hf);
  return {
    describe: 'a',
    size: (path) => at(path).size(path),
    list: (folder) => hf.list(folder),
    read: (path, ...range) => at(path).read(path, ...range),
  };
}

it.each<[string, object, Record<string, object | undefined>, string]>([
  [
    'another class',
    { architectures: ['SiglipModel'] },
    {},
    'a: config.json: "architectures" is ["SiglipModel"], expected one of CLIPModel,',
  ],
  [
    'no tokeniser',
    {},
    { 'tokenizer.json': undefined },
    'a: tokenizer.json is missing, expected it, or vocab.json and merges.txt',
  ],
  ['no weights', {}, { 'model.safetensors': undefined }, 'a: file model.safetensors is missing'],
  ['another size', { projection_dim: 13 }, {}, 'tensor text_projection.weight has shape [12,15], expected [13, 15]'],
  ['an unknown score', { score: 'hps' }, {}, 'a: config.json: "score" is "hps", expected "cosine" or "pickscore"'],
  ['bilinear resizing', {}, { 'preprocessor_config.json': { resample: 2 } }, '"resample" is 2, expected 3, bicubic'],
  ['pictures of another size', {}, { 'preprocessor_config.json': {} }, 'end as 224 × 224 pixels, expected 28 × 28'],
])('refuses a folder with %s', async (_, config, files, sentence) => {
  const bundle = await bundleWith({ pick: await changed(config, files) });
  const opening: Promise<OpenReward> = openReward(bundle, 'pick');
  await expect(opening).rejects.toThrow(UserError);
  await expect(opening).rejects.toThrow(sentence);
});

test('a folder takes a name of its own', async () => {
  await expect(bundleWith({ clip: golden('hf') })).rejects.toThrow('has a reward "clip" already: give the one in');
  await expect(bundleWith({ 'a b': golden('hf') })).rejects.toThrow('"a b" cannot name the reward in');
  const bundle = await bundleWith({ pick: golden('hf') });
  expect(bundle.rewards.at(-1)).toBe('pick');
  await expect(bundle.rewardFolder('x')).rejects.toThrow(/Unknown reward "x": bundle nano has .*pick/);
});
