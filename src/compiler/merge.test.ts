import { describe, expect, it } from 'vitest';
import type { Gpu } from '../gpu/gpu';
import { bytesOfAll, rangesInOne } from '../gpu/ranges';
import { PinnedTuner } from '../gpu/tuner';
import { input, parameter, reachable, type Value, weight } from '../graph/graph';
import { compute, interpret } from '../graph/interpret';
import { activation } from '../ops/activation';
import { add } from '../ops/add';
import { concat, sideBySide } from '../ops/concat';
import { gatedAdd } from '../ops/gated-add';
import { linear } from '../ops/matmul';
import { modulatedNorm } from '../ops/modulated-norm';
import { reshape } from '../ops/reshape';
import { rmsNorm } from '../ops/rms-norm';
import { rope } from '../ops/rope';
import { partsOfMatmul } from '../ops/several-matmul';
import { slice } from '../ops/slice';
import { candidates } from './choose';
import { compile } from './compile';
import { dispatchesOf } from './count';
import { fuse } from './fuse';
import { merge } from './merge';
import { schedule } from './schedule';
import { randomArray, relativeL2, testGpu } from './testing';

/** Linears of one input, each with its low-rank update. */
function adapted(x: Value, count: number, rank: number): Value[] {
  const width = x.shape[1];
  return Array.from({ length: count }, (_, i) => {
    const main = linear(x, input(`W${i}`, [20, width]));
    const down = linear(x, parameter(`A${i}`, [rank, width]));
    return linear(down, parameter(`B${i}`, [20, rank]), null, { residual: main, alpha: 0.5 });
  });
}

/** Room for leaves as a LoRA's layout and a store of weights make it. */
function inOneBuffer(gpu: Gpu, leaves: readonly Value[]) {
  const inOne = rangesInOne(leaves.map(({ bytes }) => bytes));
  const buffer = gpu.buffer(bytesOfAll(inOne), 'leaves');
  const ranges = new Map(leaves.map((v, i) => [v.attrs.name as string, { buffer, ...inOne[i] }]));
  return { buffer, place: (leaf: Value) => ranges.get(leaf.attrs.name)! };
}

describe('merge', () => {
  const x = input('x', [16, 24]);
  const names = (outputs: Value[]) => dispatchesOf(outputs).map((v) => v.op.name);

  it('makes the first factors of linears that read one input in one dispatch, up to four at a time', () => {
    expect(names(adapted(x, 3, 4))).toEqual(['several-matmul', 'matmul', 'matmul', 'matmul']);
    expect(names(adapted(x, 6, 4)).filter((name) => name === 'several-matmul').length).toBe(2);
    expect(names(adapted(x, 5, 4)).filter((name) => name === 'several-matmul').length).toBe(1);
    // A part of 15 rows could not be bound; an output has memory of its own.
    expect(names(adapted(input('x', [15, 24]), 3, 4))).not.toContain('several-matmul');
    const [a, b] = ['A', 'B'].map((name) => linear(x, parameter(name, [4, 24])));
    expect(names([a, b])).toEqual(['matmul', 'matmul']);
  });

  it('computes the same with every kernel', async () => {
    const ys = adapted(x, 4, 4);
    const mix = input('mix', [20, 20]);
    const sum = ys.reduce((a, b) => linear(a, mix, null, { residual: b }));
    const outputs = [sum];
    const parameters = reachable(outputs).filter((v) => v.op.name === 'parameter');
    const leaves = new Map(
      reachable(outputs)
        .filter((v) => v.inputs.length === 0)
        .map((v, i) => [v, randomArray(v.size, i + 1)]),
    );
    const expected = interpret(outputs, leaves);
    const joined = reachable(merge(fuse(outputs), () => true)).find((v) => v.op.name === 'several-matmul')!;
    const apart = joined.inputs.slice(1).map((a) => linear(x, a));
    const [together, ...parts] = interpret([partsOfMatmul.join(apart), ...apart], leaves);
    expect(
      relativeL2(
        together,
        parts.flatMap((part) => [...part]),
      ),
    ).toBeLessThan(1e-14);
    const gpu = await testGpu();
    const { buffer, place } = inOneBuffer(gpu, parameters);
    for (const leaf of parameters) gpu.write(buffer, leaves.get(leaf)!, place(leaf).offset);
    for (const { variant } of candidates(gpu, joined)) {
      const program = await compile(gpu, Object.fromEntries(outputs.map((v, i) => [`${i}`, v])), {
        tuner: new PinnedTuner([variant]),
        place: (leaf) => (leaf.op.name === 'parameter' ? place(leaf) : undefined),
      });
      for (const [leaf, data] of leaves) if (leaf.op.name === 'input') program.write(leaf.attrs.name, data);
      await program.runAndWait();
      for (const [i, numbers] of expected.entries())
        expect(relativeL2(await program.read(`${i}`), numbers), `${variant}, output ${i}`).toBeLessThan(1e-5);
      program.destroy();
    }
    buffer.destroy();
  });

  const tensor = (name: string, near: string, shape: number[]) => weight({ name, layout: 'file', near }, shape, 'f32');
  /** A linear with bias and LoRA. */
  const whole = (name: string, y: Value, out: number, near: string, rank = 8): Value => {
    const width = y.shape[y.shape.length - 1];
    const main = linear(y, tensor(`W ${name}`, `${near} W`, [out, width]), tensor(`b ${name}`, `${near} b`, [out]));
    const down = linear(y, parameter(`A ${name}`, [rank, width]));
    return linear(down, parameter(`B ${name}`, [out, rank]), null, { residual: main, alpha: 0.5 });
  };

  it('makes heads of one input with their norms and rotations in three dispatches', async () => {
    const [batch, tokens, heads, d] = [2, 16, 2, 8];
    const y = input('y', [batch, tokens, heads * d]);
    const [cos, sin] = ['cos', 'sin'].map((name) => input(name, [tokens, d / 2]));
    const [q, k, v] = ['q', 'k', 'v'].map((name) =>
      reshape(whole(name, y, heads * d, 'heads'), [batch, tokens, heads, d]),
    );
    const turned = [q, k].map((x, i) => rope(rmsNorm(x, tensor(`norm ${i}`, 'norms', [d]), 1e-6), cos, sin));
    const out = concat([...turned, v], 3);
    expect(names([out])).toEqual(['several-matmul', 'several-matmul', 'rms-norm-rope', 'concat', 'concat']);
    await expectSame(out);
  });

  it('does to two streams side by side in one dispatch what is done to each', async () => {
    const [batch, dim] = [2, 16];
    const mod = input('mod', [batch, 6 * dim]);
    const columns = (i: number) => slice(mod, 1, i * dim, dim);
    const joint = input('joint', [batch, 12, dim]);
    const streams = sideBySide(
      [4, 8].map((tokens, i) => linear(input(`x${i}`, [batch, tokens, 8]), input(`E${i}`, [dim, 8]))),
    );
    const normed = streams.map((x, i) => modulatedNorm(x, columns(3 * i), columns(3 * i + 1), 1e-6));
    const ups = normed.map((x, i) => activation(whole(`up${i}`, x, 2 * dim, 'up'), 'gelu_tanh'));
    const downs = ups.map((x, i) => gatedAdd(streams[i], columns(3 * i + 2), whole(`down${i}`, x, dim, 'down')));
    const cut = [slice(joint, 1, 0, 4), slice(joint, 1, 4, 8)].map((x, i) => whole(`cut${i}`, x, dim, 'cut'));
    const out = concat([...downs.map((x, i) => add(x, cut[i]))], 1);
    const made = names([out]).filter((name) => name !== 'matmul' && name !== 'concat' && name !== 'add');
    expect(made.toSorted()).toEqual([...Array(6).fill('several-matmul'), 'several-modulated-norm', 'several-slices']);
    await expectSame(out);
  });

  /** By the references before and after, and by every kernel. */
  async function expectSame(out: Value): Promise<void> {
    const trace = reachable([out]);
    const data = new Map(trace.filter((v) => v.inputs.length === 0).map((v, i) => [v, randomArray(v.size, i + 1)]));
    const [expected] = interpret([out], data);
    // Leaves come after their readers in the trace: in the order of the schedule, by the references.
    const nodes = schedule(merge(fuse([out]), () => true));
    const known = new Map<Value, Float64Array>();
    for (const v of nodes) {
      const inputs = v.inputs.map((x) => known.get(x)!);
      known.set(v, v.inputs.length > 0 ? compute(v, inputs) : Float64Array.from(data.get(v)!));
    }
    expect(relativeL2(known.get(nodes.at(-1)!)!, expected)).toBeLessThan(1e-12);

    const gpu = await testGpu();
    const placed = trace.filter((v) => v.op.name === 'parameter' || v.op.name === 'weight');
    const { buffer, place } = inOneBuffer(gpu, placed);
    for (const leaf of placed) gpu.write(buffer, data.get(leaf)!, place(leaf).offset);
    const variants = nodes.flatMap((v) => candidates(gpu, v)).map((kernel) => kernel.variant);
    for (const variant of new Set(variants)) {
      const program = await compile(
        gpu,
        { out },
        { tuner: new PinnedTuner([variant]), place: (leaf) => (placed.includes(leaf) ? place(leaf) : undefined) },
      );
      for (const [leaf, numbers] of data) if (leaf.op.name === 'input') program.write(leaf.attrs.name, numbers);
      await program.runAndWait();
      expect(relativeL2(await program.read('out'), expected), variant).toBeLessThan(1e-5);
      program.destroy();
    }
    buffer.destroy();
  }
});
