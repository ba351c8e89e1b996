/** @file The judge against onnxruntime for Python on real pictures (tools/reference/judge_golden.py), and damaged ones. */
import { readFileSync } from 'node:fs';
import { strToU8 } from 'fflate';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type FloatPicture, saturation } from '../align/picture';
import { dirSource } from '../formats/dir-source';
import { memorySource } from '../formats/file-source';
import { decodePng } from '../formats/png';
import { type Bundle, openBundle } from '../models/bundle';
import { type Judge, openJudge } from './judge';
import { edgeDensity } from './measures/edge-density';
import { likeliest, wantedStyles } from './measures/styles';

const MINI_FLUX = 'public/bundles/mini-flux';
const FOLDER = 'tools/reference/golden/judge';

interface Expected {
  styles: Record<string, number>;
  concepts: string[];
  quality: number;
  embedding: number[];
  saturation: number;
  edgeDensity: number;
}
const expected: Record<string, Expected> = JSON.parse(readFileSync(`${FOLDER}/expected.json`, 'utf8'));

function pictureOf(name: string): FloatPicture {
  const { width, height, data } = decodePng(readFileSync(`${FOLDER}/${name}`), name);
  const floats = Float32Array.from(
    { length: width * height * 3 },
    (_, i) => data[4 * Math.floor(i / 3) + (i % 3)] / 255,
  );
  return { width, height, data: floats };
}

let bundle: Bundle;
let judge: Judge;
beforeAll(async () => {
  bundle = await openBundle(dirSource(MINI_FLUX));
  judge = (await openJudge(bundle))!;
});
afterAll(() => judge.dispose());

it.each(Object.keys(expected))('says of %s what onnxruntime for Python says', async (name) => {
  const picture = pictureOf(name);
  const wanted = expected[name];
  const { styles, concepts, quality, embedding } = await judge.look(picture);
  for (const [i, { id }] of judge.labels.styles.entries()) expect(styles[i], id).toBeCloseTo(wanted.styles[id], 3);
  const order = [...concepts.keys()].sort((a, b) => concepts[b] - concepts[a]).slice(0, 5);
  expect(order.map((i) => judge.labels.concepts[i])).toEqual(wanted.concepts);
  expect(quality).toBeCloseTo(wanted.quality, 3);
  for (const [i, value] of wanted.embedding.entries()) expect(embedding[i]).toBeCloseTo(value, 3);
  expect(Math.hypot(...embedding)).toBeCloseTo(1, 4);
  expect(saturation(picture.data)).toBeCloseTo(wanted.saturation, 5);
  expect(edgeDensity(picture)).toBeCloseTo(wanted.edgeDensity, 5);
});

it('knows the style and the thing of most real pictures', async () => {
  let [styles, things] = [0, 0];
  const names = Object.keys(expected);
  for (const name of names) {
    const [style, thing] = name.replace('.png', '').split('_');
    const word = { silhouette: 'silhouette icon' }[style] ?? style.replaceAll('-', ' ');
    const looked = await judge.look(pictureOf(name));
    styles += Number(wantedStyles(judge.labels, [word])[0] === judge.labels.styles[likeliest(looked.styles)].id);
    things += Number(judge.labels.concepts[likeliest(looked.concepts)] === thing.replaceAll('-', ' '));
  }
  expect(styles).toBeGreaterThanOrEqual(names.length - 1);
  expect(things).toBeGreaterThanOrEqual(names.length - 1);
});

it('looks at a picture of another size as at one of its own', async () => {
  const picture = pictureOf('3d-render_cat-face.png');
  // Every pixel four times.
  const [width, height] = [2 * picture.width, 2 * picture.height];
  const data = new Float32Array(width * height * 3);
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++)
      for (let c = 0; c < 3; c++)
        data[(y * width + x) * 3 + c] = picture.data[((y >> 1) * picture.width + (x >> 1)) * 3 + c];
  const large = await judge.look({ width, height, data });
  expect(judge.labels.styles[likeliest(large.styles)].id).toBe('3d');
  expect(judge.labels.concepts[likeliest(large.concepts)]).toBe('cat face');
});

it('a bundle that names no judge, or has none of its files, has none', async () => {
  expect(await openJudge(await openBundle(dirSource('public/bundles/nano')))).toBeNull();
  expect(await openJudge({ ...bundle, source: memorySource('b', {}) })).toBeNull();
});

const read = (name: string) => new Uint8Array(readFileSync(`${MINI_FLUX}/judge/${name}`));
const json = (name: string) => JSON.parse(new TextDecoder().decode(read(name)));
/** The bundle with other files of the judge, and without checksums unless they are asked for. */
function withFiles(changes: Record<string, Uint8Array | string | null>, listed = false): Bundle {
  const files = {
    'judge.onnx': read('judge.onnx'),
    'labels.json': read('labels.json'),
    'real.json': read('real.json'),
  };
  const all = Object.entries({ ...files, ...changes }).flatMap(([name, content]) =>
    content === null ? [] : [[`judge/${name}`, content] as const],
  );
  const manifest = listed ? bundle.manifest : { ...bundle.manifest, files: undefined };
  return { ...bundle, manifest, source: memorySource('b', Object.fromEntries(all)) };
}
const onnx = read('judge.onnx');
const damaged = onnx.slice();
damaged[onnx.length >> 1] ^= 255;
const { styles, concepts } = json('labels.json');
const { '3d': _, ...realWithout3d } = json('real.json').styles;

it.each<[string, Record<string, Uint8Array | string | null>, boolean, RegExp]>([
  ['lacks its network', { 'judge.onnx': null }, false, /^b: file judge\/judge\.onnx is missing\.$/],
  ['lacks its labels', { 'labels.json': null }, false, /^b: file judge\/labels\.json is missing\.$/],
  ['lacks its measures', { 'real.json': null }, false, /^b: file judge\/real\.json is missing\.$/],
  [
    'is cut short',
    { 'judge.onnx': onnx.slice(0, 1000) },
    true,
    /judge\.onnx has 1000 bytes, expected \d+ by bundle\.json/,
  ],
  ['is cut short and not listed', { 'judge.onnx': onnx.slice(0, 1000) }, false, /judge\.onnx cannot be loaded/],
  ['is damaged', { 'judge.onnx': damaged }, true, /judge\.onnx is damaged: its sha256/],
  [
    'is another network',
    { 'judge.onnx': new Uint8Array(readFileSync('public/bundles/nano/text_encoder/model.onnx')) },
    false,
    /judge\.onnx has inputs input_ids, .* expected image/,
  ],
  [
    'has other styles than its labels',
    { 'labels.json': JSON.stringify({ styles: styles.slice(1), concepts }) },
    false,
    /judge\.onnx: output style is float32 \[1,10\], expected float32 \[n, 9\]/,
  ],
  [
    'has other things than its labels',
    { 'labels.json': JSON.stringify({ styles, concepts: concepts.slice(1) }) },
    false,
    /output concept is float32 \[1,121\], expected float32 \[n, 120\]/,
  ],
  [
    'has labels without things',
    { 'labels.json': JSON.stringify({ styles }) },
    false,
    /labels\.json: "concepts" is missing/,
  ],
  [
    'has no measures of a style',
    { 'real.json': JSON.stringify({ styles: realWithout3d }) },
    false,
    /real\.json: "styles\.3d" is missing, expected the style's measures/,
  ],
  [
    'has measures that are no numbers',
    { 'real.json': strToU8(JSON.stringify(json('real.json')).replace('"p95":', '"p95":"x","p96":')) },
    false,
    /real\.json: "styles\.\w+\.original\.saturation\.p95" is "x", expected a number from 0 to 1/,
  ],
])('a judge that %s is one sentence', async (_, changes, listed, sentence) => {
  const error = await openJudge(withFiles(changes, listed)).catch((e) => e);
  expect(error.name).toBe('UserError');
  expect(error.message).toMatch(sentence);
});
