import { describe, expect, it } from 'vitest';
import { PinnedTuner } from '../gpu/tuner';
import { input, parameter, reachable, type Value } from '../graph/graph';
import { interpret } from '../graph/interpret';
import { linear } from '../ops/matmul';
import { several } from '../ops/several-matmul';
import { candidates } from './choose';
import { compile } from './compile';
import { dispatchesOf } from './count';
import { fuse } from './fuse';
import { merge } from './merge';
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
    const joined = reachable(merge(fuse(outputs))).find((v) => v.op.name === 'several-matmul')!;
    const apart = joined.inputs.slice(1).map((a) => linear(x, a));
    const [together, ...parts] = interpret([several(apart), ...apart], leaves);
    expect(
      relativeL2(
        together,
        parts.flatMap((part) => [...part]),
      ),
    ).toBeLessThan(1e-14);
    const gpu = await testGpu();
    const buffers = new Map(
      parameters.map((p) => {
        const buffer = gpu.buffer(p.bytes, p.attrs.name);
        gpu.write(buffer, leaves.get(p)!);
        return [p.attrs.name, { buffer, offset: 0, bytes: buffer.bytes }];
      }),
    );
    for (const { variant } of candidates(gpu, joined)) {
      const program = await compile(gpu, Object.fromEntries(outputs.map((v, i) => [`${i}`, v])), {
        tuner: new PinnedTuner([variant]),
        place: (leaf) => (leaf.op.name === 'parameter' ? buffers.get(leaf.attrs.name) : undefined),
      });
      for (const [leaf, data] of leaves) if (leaf.op.name === 'input') program.write(leaf.attrs.name, data);
      await program.runAndWait();
      for (const [i, numbers] of expected.entries())
        expect(relativeL2(await program.read(`${i}`), numbers), `${variant}, output ${i}`).toBeLessThan(1e-5);
      program.destroy();
    }
    for (const { buffer } of buffers.values()) buffer.destroy();
  });
});
