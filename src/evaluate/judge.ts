/**
 * @file The judge of a bundle: a network of its own that says of a picture which style it has, which thing it shows and
 * how whole it is. It never gives a gradient. Input `image` f32 [n, 3, 128, 128] in 0 … 1.
 */
import * as ort from 'onnxruntime-web/wasm';
import { channelsFirst, type FloatPicture } from '../align/picture';
import { UserError } from '../errors';
import { missingFile, nameIn, readJson } from '../formats/file-source';
import { type Bundle, sha256Hex } from '../models/bundle';
import { firstLine, openOnnx } from '../models/onnx';
import { showValue } from '../shown';
import { type JudgeLabels, parseLabels, parseReal, type RealPictures } from './judge-files';
import { resized } from './resized';

/** Pixels of the network's input, both ways. */
export const JUDGE_SIZE = 128;

/** What the judge says of one picture. */
export interface Judgement {
  /** Probability of each style, adding up to 1. */
  styles: Float64Array;
  /** A logit for each thing; the last is anything else. */
  concepts: Float32Array;
  /** Probability that the picture is undamaged. */
  quality: number;
  /** Of unit length. */
  embedding: Float32Array;
}

export interface Judge {
  labels: JudgeLabels;
  /** Real pictures of each style, by its id. */
  real: ReadonlyMap<string, RealPictures>;
  /** sha256 of the network's file. */
  sha256: string;
  /** Looks at one picture of any size, so that its result never depends on others. */
  look(picture: FloatPicture): Promise<Judgement>;
  dispose(): Promise<void>;
}

/**
 * Opens the judge that a bundle names.
 *
 * @param wasmUrl as `openOnnx`
 * @returns null for a bundle without one
 * @throws UserError where one of its files is missing, damaged or of another shape
 */
export async function openJudge(bundle: Bundle, wasmUrl?: string): Promise<Judge | null> {
  const { source, manifest } = bundle;
  if (manifest.judge === undefined) return null;
  const folder = manifest.judge.replace(/\/+$/, '');
  const paths = ['judge.onnx', 'labels.json', 'real.json'].map((name) => `${folder}/${name}`);
  const sizes = await Promise.all(paths.map((path) => source.size(path)));
  // As with rewards: what a bundle lists, it may lack.
  if (sizes.every((size) => size === undefined)) return null;
  for (const [i, path] of paths.entries()) {
    if (sizes[i] === undefined) throw missingFile(source.describe, path);
    const listed = manifest.files?.[path];
    if (listed && listed.bytes !== sizes[i]) {
      throw new UserError(
        `${nameIn(source.describe, path)} has ${sizes[i]} bytes, expected ${listed.bytes} by bundle.json.`,
      );
    }
  }
  const [network, labelsFile, realFile] = paths;
  const labels = parseLabels(await readJson(source, labelsFile), nameIn(source.describe, labelsFile));
  const ids = labels.styles.map(({ id }) => id);
  const real = parseReal(await readJson(source, realFile), nameIn(source.describe, realFile), ids);
  const file = nameIn(source.describe, network);
  const bytes = await source.read(network);
  const sha256 = await sha256Hex(bytes);
  if (manifest.files?.[network] && manifest.files[network].sha256 !== sha256) {
    throw new UserError(`${file} is damaged: its sha256 is not the one in bundle.json.`);
  }
  const session = await openOnnx(bytes, file, ['image'], wasmUrl);
  const look = (picture: FloatPicture) => judged(session, picture, labels, file);
  // A grey picture, so that a network of another shape is an error before anything is drawn.
  const grey = new Float32Array(JUDGE_SIZE * JUDGE_SIZE * 3).fill(0.5);
  await look({ width: JUDGE_SIZE, height: JUDGE_SIZE, data: grey });
  return { labels, real, sha256, look, dispose: () => session.release() };
}

async function judged(
  session: ort.InferenceSession,
  picture: FloatPicture,
  labels: JudgeLabels,
  file: string,
): Promise<Judgement> {
  const { data } = resized(picture, JUDGE_SIZE, JUDGE_SIZE);
  const image = new ort.Tensor('float32', channelsFirst(data, 1, JUDGE_SIZE * JUDGE_SIZE), [
    1,
    3,
    JUDGE_SIZE,
    JUDGE_SIZE,
  ]);
  const outputs = await session.run({ image }).catch((error) => {
    throw new UserError(
      `${file} cannot judge a picture [1, 3, ${JUDGE_SIZE}, ${JUDGE_SIZE}] (${firstLine(error)}): it has another shape.`,
    );
  });
  const output = (name: string, columns: number | null) => {
    const tensor = outputs[name];
    if (!tensor) throw new UserError(`${file} has outputs ${session.outputNames.join(', ')}, expected ${name}.`);
    const { type, dims } = tensor;
    const fits =
      columns === null
        ? dims.length === 2
        : columns === 1
          ? dims.length <= 2
          : dims.length === 2 && dims[1] === columns;
    const values = tensor.data as Float32Array;
    if (type !== 'float32' || !fits || dims[0] !== 1 || (columns !== null && values.length !== columns)) {
      const expected = columns === 1 ? '[n]' : `[n, ${columns ?? 'width'}]`;
      throw new UserError(`${file}: output ${name} is ${type} ${showValue([...dims])}, expected float32 ${expected}.`);
    }
    if (!values.every(Number.isFinite)) {
      throw new UserError(`${file}: output ${name} is not finite: the file is damaged.`);
    }
    return values;
  };
  return {
    styles: softmax(output('style', labels.styles.length)),
    concepts: output('concept', labels.concepts.length).slice(),
    quality: output('quality', 1)[0],
    embedding: output('embedding', null).slice(),
  };
}

/** Probabilities of logits. */
export function softmax(logits: ArrayLike<number>): Float64Array {
  const most = Math.max(...Array.from(logits));
  const out = Float64Array.from(logits, (v) => Math.exp(v - most));
  const sum = out.reduce((a, b) => a + b, 0);
  return out.map((v) => v / sum);
}
