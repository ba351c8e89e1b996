/**
 * @file What a reward's folder makes of pictures and texts, with the gradient, for tools/reference/check_clip.py:
 * `node scripts/score-pictures.mjs FOLDER PICTURE.safetensors OUT.safetensors TEXT…` reads the f32 `picture` [n, H, W, 3]
 * and writes `image` [n, projection], `text` [texts, projection], `score` [n, texts] and `gradient` of its sum.
 */
import { writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { compile } from '../compiler/compile';
import { gradients } from '../compiler/differentiate';
import { dirSource } from '../formats/dir-source';
import { openTensors, writeSafetensors } from '../formats/safetensors';
import { Gpu } from '../gpu/gpu';
import { openNodeGpu } from '../gpu/node';
import { Tuner } from '../gpu/tuner';
import { input, reachable, type Value, weightOp } from '../graph/graph';
import { openBundle, withRewards } from '../models/bundle';
import { type WeightScope, WeightStore } from '../models/weights';
import { openReward } from '../rewards';
import { projectRoot } from './inputs';
import { message, runMain } from './terminal';

await runMain(async () => {
  const [folder, pictures, out, ...texts] = process.argv.slice(2);
  const nano = await openBundle(dirSource(join(projectRoot, 'public/bundles/nano')));
  const reward = await openReward(withRewards(nano, new Map([['pickscore', dirSource(folder)]])), 'pickscore');
  const given = await openTensors(dirSource(dirname(pictures)), basename(pictures, '.safetensors'));
  const picture = await given.readFloat32('picture');

  const gpu = await Gpu.open(await openNodeGpu());
  const store = new WeightStore(gpu);
  const program = async (outputs: Record<string, Value>, scopes: readonly WeightScope[]) => {
    await store.load(
      reachable(Object.values(outputs)).filter((v) => v.op === weightOp),
      scopes,
    );
    return compile(gpu, outputs, { tuner: new Tuner({}, false), place: (leaf) => store.place(leaf) });
  };
  let tower: Promise<Awaited<ReturnType<typeof program>>> | null = null;
  const desk = {
    pooled: async () => new Float32Array(),
    program: (_: string, trace: () => Record<string, Value>, scopes: readonly WeightScope[]) => {
      tower ??= program(trace(), scopes);
      return tower;
    },
    onCut: message,
  };
  const features: Float32Array[] = [];
  for (const text of texts) features.push(await reward.text!(text, desk));

  const leaf = input('picture', picture.shape);
  const image = reward.tower.embed(leaf);
  const r = reward.trace(image);
  const seed = input('seed', r.shape);
  const scoring = await program({ image, r, gradient: gradients(r, seed, [leaf])[0] }, reward.tower.scopes);
  const [n] = picture.shape;
  scoring.write('picture', picture.data);
  scoring.write('seed', new Float32Array(n).fill(1));
  const { projection } = reward.tower;
  // The sum of all texts: its gradient is the sum's, and each score is f·C.
  const sum = Float32Array.from({ length: n * projection }, (_, i) =>
    features.reduce((total, c) => total + c[i % projection], 0),
  );
  const [direction] = Object.keys(reward.row({ prompt: '', texts: [], wordless: 1 }, () => new Float32Array()));
  scoring.write(direction, sum);
  await scoring.runAndWait();
  const f = await scoring.read('image');
  const dot = (i: number, c: Float32Array) => c.reduce((total, v, p) => total + v * f[i * projection + p], 0);
  const score = Float32Array.from({ length: n * texts.length }, (_, i) =>
    dot(Math.floor(i / texts.length), features[i % texts.length]),
  );
  const text = Float32Array.from(
    { length: texts.length * projection },
    (_, i) => features[Math.floor(i / projection)][i % projection],
  );
  const tensors = [
    { name: 'image', shape: [n, projection], data: f },
    { name: 'text', shape: [texts.length, projection], data: text },
    { name: 'score', shape: [n, texts.length], data: score },
    { name: 'gradient', shape: picture.shape, data: await scoring.read('gradient') },
  ];
  writeFileSync(out, writeSafetensors(tensors));
  return 0;
});
