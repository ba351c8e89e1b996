import { describe, expect, it } from 'vitest';
import type { Gpu } from '../gpu/gpu';
import { wholeRange } from '../gpu/program';
import { PinnedTuner } from '../gpu/tuner';
import { input, parameter, reachable, type Value, weight } from '../graph/graph';
import { compute, interpret } from '../graph/interpret';
import { attention } from '../ops/attention';
import { linear } from '../ops/matmul';
import { reshape } from '../ops/reshape';
import { rmsNorm } from '../ops/rms-norm';
import { rope } from '../ops/rope';
import { partsOfMatmul } from '../ops/several-matmul';
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
  const starts = leaves.map((_, i) => leaves.slice(0, i).reduce((sum, { bytes }) => sum + wholeRange(bytes), 0));
  const buffer = gpu.buffer(starts.at(-1)! + leaves.at(-1)!.bytes, 'leaves');
  const ranges = new Map(
    leaves.map((v, i) => [v.attrs.name as string, { buffer, offset: starts[i], bytes: Math.ceil(v.bytes / 4) * 4 }]),
  );
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

  it('makes heads of one input with their norms and rotations in three dispatches instead of eight', async () => {
    const [batch, tokens, heads, d, rank] = [2, 16, 2, 8, 4];
    const dim = heads * d;
    const tensor = (name: string, shape: number[]) => weight({ name, layout: 'file', near: name[0] }, shape, 'f32');
    const y = input('y', [batch, tokens, dim]);
    const [cos, sin] = ['cos', 'sin'].map((name) => input(name, [tokens, d / 2]));
    const head = (name: string, isNormed: boolean) => {
      const main = linear(y, tensor(`W${name}`, [dim, dim]), tensor(`bias ${name}`, [dim]));
      const down = linear(y, parameter(`A${name}`, [rank, dim]));
      const whole = linear(down, parameter(`B${name}`, [dim, rank]), null, { residual: main, alpha: 0.5 });
      const split = reshape(whole, [batch, tokens, heads, d]);
      return isNormed ? rope(rmsNorm(split, tensor(`norm ${name}`, [d]), 1e-6), cos, sin) : split;
    };
    const out = attention(head('q', true), head('k', true), head('v', false));
    expect(names([out]).filter((name) => name !== 'attention')).toEqual([
      'several-matmul',
      'several-matmul',
      'rms-norm-rope',
    ]);

    const trace = reachable([out]);
    const data = new Map(trace.filter((v) => v.inputs.length === 0).map((v, i) => [v, randomArray(v.size, i + 1)]));
    const [expected] = interpret([out], data);
    // Leaves come after their readers in the trace: in the order of the schedule, by the references.
    const joined = schedule(merge(fuse([out]), () => true));
    const known = new Map<Value, Float64Array>();
    for (const v of joined) {
      const inputs = v.inputs.map((x) => known.get(x)!);
      known.set(v, v.inputs.length > 0 ? compute(v, inputs) : Float64Array.from(data.get(v)!));
    }
    expect(relativeL2(known.get(joined.at(-1)!)!, expected)).toBeLessThan(1e-12);

    const gpu = await testGpu();
    const placed = trace.filter((v) => v.op.name === 'parameter' || v.op.name === 'weight');
    const { buffer, place } = inOneBuffer(gpu, placed);
    for (const leaf of placed) gpu.write(buffer, data.get(leaf)!, place(leaf).offset);
    const variants = joined.flatMap((v) => candidates(gpu, v)).map((kernel) => kernel.variant);
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
  });
});
