/** A transformer whose blocks are quantised computes what its decoded weights compute. */
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { compile } from '../compiler/compile';
import { gradients } from '../compiler/differentiate';
import { randomArray, relativeL2, testGpu } from '../compiler/testing';
import { dirSource } from '../formats/dir-source';
import type { TensorSet } from '../formats/tensor-set';
import { PinnedTuner } from '../gpu/tuner';
import { input, inputOp, reachable, type Value, type WeightAttrs, weightOp } from '../graph/graph';
import { openBundle } from '../models/bundle';
import { forDevice } from '../models/quantised';
import { WeightStore } from '../models/weights';
import { openModel, velocity } from './model';

const NANO = fileURLToPath(new URL('../../public/bundles/nano', import.meta.url));

/** The same numbers in f32. */
function decoded(tensors: TensorSet): TensorSet {
  return {
    ...tensors,
    info: new Map([...tensors.info].map(([name, tensor]) => [name, { ...tensor, dtype: 'F32' }])),
    read: async (name) => {
      const { shape, data } = await tensors.readFloat32(name);
      return { dtype: 'F32', shape, bytes: new Uint8Array(data.buffer) };
    },
  };
}

it('gives velocity and gradient of its decoded weights, and not those of its file', async () => {
  const gpu = await testGpu();
  const bundle = await openBundle(dirSource(NANO));
  const file = await bundle.openTransformer();
  const small = forDevice(file, 'Q8_0');
  const typeOf = (name: string) => small.info.get(`transformer_blocks.0.attn.to_q.${name}`)!.dtype;
  expect([typeOf('weight'), typeOf('bias'), small.info.get('x_embedder.weight')!.dtype]).toEqual([
    'Q8_0',
    'F16',
    'F16',
  ]);
  const run = async (tensors: TensorSet) => {
    const model = await openModel({ ...bundle, openTransformer: async () => tensors });
    const v = velocity(model, null, 1);
    const x = reachable([v]).find(({ attrs }) => attrs.name === 'x')!;
    const outputs: Record<string, Value> = { v, dx: gradients(v, input('dy', v.shape), [x])[0] };
    const leaves = reachable(Object.values(outputs));
    const store = new WeightStore(gpu);
    const weights = leaves.filter((leaf): leaf is Value<WeightAttrs> => leaf.op === weightOp);
    await store.load(weights, [model.transformer]);
    const program = await compile(gpu, outputs, {
      tuner: new PinnedTuner(['registers']),
      place: (leaf) => store.place(leaf),
    });
    const inputs = leaves.filter((leaf) => leaf.op === inputOp);
    for (const [i, leaf] of inputs.entries()) program.write(leaf.attrs.name, randomArray(leaf.size, i + 1));
    await program.runAndWait();
    const result = { v: await program.read('v'), dx: await program.read('dx') };
    program.destroy();
    store.destroy();
    return result;
  };
  const [own, same, original] = [await run(small), await run(decoded(small)), await run(decoded(file))];
  for (const output of ['v', 'dx'] as const) {
    expect(relativeL2(own[output], same[output])).toBeLessThan(1e-5);
    const loss = relativeL2(own[output], original[output]);
    expect(loss).toBeGreaterThan(1e-4);
    expect(loss).toBeLessThan(0.05);
  }
});
