/**
 * @file Every method's step against PyTorch (tools/reference/methods): each tensor that `probe` writes, each LoRA gradient.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { relativeL2, testGpu } from '../compiler/testing';
import { toFloat32 } from '../formats/dtypes';
import { parseSafetensors } from '../formats/safetensors';
import { Tuner } from '../gpu/tuner';
import { factorsFromFile, layoutOf } from '../lora/layout';
import { readLora } from '../lora/lora-file';
import { METHODS } from '../methods';
import { parseRunFile } from '../methods/run-file';
import { RewardMixture } from '../rewards/mixture';
import { Pipeline } from './pipeline';
import { probe } from './probe';
import { openForTest } from './testing';

const GOLDEN = 'tools/reference/golden';

function tensorsOf(path: string): Map<string, { shape: number[]; data: Float32Array<ArrayBuffer> }> {
  const { tensors } = parseSafetensors(new Uint8Array(readFileSync(path)), path);
  return new Map([...tensors].map(([name, t]) => [name, { shape: t.shape, data: toFloat32(t.bytes, t.dtype) }]));
}

/** Runs probe on a golden folder; what differs by more than it may, and by how much. */
async function differences(name: string): Promise<string[]> {
  const folder = `${GOLDEN}/${name}`;
  const meta = JSON.parse(readFileSync(`${folder}/meta.json`, 'utf8')) as { bundle: string; plan: unknown };
  const run = parseRunFile(readFileSync(`${folder}/run.json`, 'utf8'), `${folder}/run.json`);
  const { model, text } = await openForTest(meta.bundle);
  const layout = layoutOf(run, model.linears);
  const file = (path: string) =>
    factorsFromFile(layout, readLora(new Uint8Array(readFileSync(`${folder}/${path}`)), path), path);
  const rewards = await RewardMixture.open(model.bundle, run.reward.model);
  const gpu = await testGpu();
  const pipeline = new Pipeline(gpu, model, text, new Tuner({}, false));
  const parameters = gpu.buffer(layout.count * 4, 'parameters');
  gpu.write(parameters, file('lora.safetensors'));
  const { noise, ...extra } = Object.fromEntries(
    [...tensorsOf(`${folder}/noise.safetensors`)].map(([kind, { data }]) => [kind, data]),
  );
  const lora = { layout, parameters };
  const old = existsSync(`${folder}/old.safetensors`) ? file('old.safetensors') : undefined;
  const written = await probe(pipeline, { run, rewards, lora, noise, plan: meta.plan, extra, old });
  pipeline.destroy();

  const actual = new Map(written.map((t) => [t.name, t]));
  const wrong: string[] = [];
  let [off, whole] = [0, 0];
  for (const [tensor, { shape, data }] of tensorsOf(`${folder}/expected.safetensors`)) {
    const found = actual.get(tensor);
    expect(found, `${name}: probe writes ${tensor}`).toBeDefined();
    expect(found!.shape, `${name}: ${tensor}`).toEqual(shape);
    const isGradient = tensor.startsWith('grad.');
    if (isGradient) {
      data.forEach((value, i) => {
        off += (found!.data[i] - value) ** 2;
        whole += value ** 2;
      });
    }
    const error = relativeL2(found!.data, data);
    // A loss of advantages that cancel is a small difference of large numbers.
    const isClose = tensor === 'loss' && Math.abs(found!.data[0] - data[0]) < 1e-6;
    if (!(error < (isGradient ? 3e-3 : 1e-4)) && !isClose) wrong.push(`${tensor} ${error}`);
  }
  const error = Math.sqrt(off / whole);
  if (!(error < 1e-3)) wrong.push(`the whole gradient ${error}`);
  return wrong;
}

const goldens = readdirSync(GOLDEN).filter((name) => existsSync(`${GOLDEN}/${name}/meta.json`));

// Direct-Align and SRPO have golden values with more in them: probe.test.ts.
describe.each(METHODS.filter(({ id }) => id !== 'srpo' && id !== 'direct-align'))('$id against PyTorch', ({ id }) => {
  const own = goldens.filter((name) => {
    const run = JSON.parse(readFileSync(`${GOLDEN}/${name}/run.json`, 'utf8')) as { method: string };
    return run.method === id;
  });
  it('has golden values', () => expect(own.length).toBeGreaterThanOrEqual(3));
  it.each(own)('%s', async (name) => expect(await differences(name)).toEqual([]));
});
