import { describe, expect, it } from 'vitest';
import { input, type Op, Value } from '../graph/graph';
import { compile } from '../ops/compile';
import { grid } from '../ops/grid';
import { testGpu } from '../ops/testing';
import type { Gpu } from './gpu';
import { type Candidate, Tuner } from './tuner';

/** An op whose result tells which variant ran; both cost the same. */
const tellingOp: Op = {
  name: 'telling',
  kernels: (node) =>
    [2, 3].map((factor) => ({
      variant: `times ${factor}`,
      dispatches: [
        {
          shader: 'scale/forward',
          buffers: { x: node.inputs[0], out: node },
          params: { size: node.size, factor },
          workgroups: grid(node.size, 64),
        },
      ],
    })),
};
const telling = (size: number) => new Value(tellingOp, [input('x', [size])], {}, [size]);

/** The factor that a graph compiled with this tuner multiplies by. */
async function factorOf(gpu: Gpu, tuner: Tuner, size: number): Promise<number> {
  const compiled = await compile(gpu, { out: telling(size) }, { tuner });
  compiled.write('x', new Float32Array(size).fill(1));
  await compiled.runAndWait();
  const [factor] = await compiled.read('out');
  compiled.destroy();
  return factor;
}

/** Every variant but the one named costs thousands of times more. */
function candidates(gpu: Gpu, fast: string): { list: Candidate[]; free: () => void } {
  const x = gpu.buffer(4 * 2 ** 18, 'x');
  const out = gpu.buffer(4, 'out');
  const list = ['a', 'b', 'c'].map((variant) => ({
    variant,
    dispatches: [
      {
        shader: 'sum-leading/forward',
        constants: {},
        params: { rows: variant === fast ? 1 : 2 ** 18, period: 1 },
        buffers: { x: { buffer: x, offset: 0, bytes: x.bytes }, out: { buffer: out, offset: 0, bytes: 4 } },
        workgroups: [1, 1, 1] as const,
        flops: 1,
        label: variant,
      },
    ],
  }));
  return {
    list,
    free: () => {
      x.destroy();
      out.destroy();
    },
  };
}

describe('Tuner', () => {
  it('chooses the fastest, wherever it stands in the list, and remembers it', async () => {
    const gpu = await testGpu();
    for (const fast of ['a', 'b', 'c']) {
      const { list, free } = candidates(gpu, fast);
      const told: string[][] = [];
      const tuner = new Tuner({}, true, (key, variant) => told.push([key, variant]));
      expect(tuner.known('op', ['a', 'b', 'c'])).toBeNull();
      expect(await tuner.choose(gpu, 'op', list)).toBe(fast);
      expect(tuner.known('op', ['a', 'b', 'c'])).toBe(fast);
      expect(tuner.table).toEqual({ op: fast });
      expect(tuner.used).toEqual({ op: fast });
      expect(told).toEqual([['op', fast]]);
      free();
    }
  });

  it('measures each shape once: a second compilation asks nothing', async () => {
    const gpu = await testGpu();
    const table = {};
    let measured = 0;
    const tuner = () => new Tuner(table, true, () => measured++);
    const factor = await factorOf(gpu, tuner(), 100_000);
    expect(measured).toBe(1);
    expect(await factorOf(gpu, tuner(), 100_000)).toBe(factor);
    expect(measured).toBe(1);
    await factorOf(gpu, tuner(), 200_000);
    expect(measured).toBe(2);
    expect(Object.keys(table)).toHaveLength(2);
    // A dispatch that does next to nothing is not worth measuring.
    await factorOf(gpu, tuner(), 100);
    expect(measured).toBe(2);
  });

  it('respects a given table, and reports what it used of it', async () => {
    const gpu = await testGpu();
    const first = new Tuner();
    await factorOf(gpu, first, 100_000);
    const [key] = Object.keys(first.table);
    for (const factor of [3, 2]) {
      const table = { [key]: `times ${factor}`, 'another op': 'x' };
      const tuner = new Tuner(table, true, () => expect.unreachable('measured what was known'));
      expect(await factorOf(gpu, tuner, 100_000)).toBe(factor);
      expect(tuner.used).toEqual({ [key]: `times ${factor}` });
    }
  });

  it('measures again where the remembered variant no longer exists', () => {
    const tuner = new Tuner({ op: 'gone' });
    expect(tuner.known('op', ['a', 'b'])).toBeNull();
    expect(tuner.used).toEqual({});
  });

  it('takes the only variant, or the first where it must not measure, without noting a single one', () => {
    expect(new Tuner().known('op', ['only'])).toBe('only');
    const still = new Tuner({}, false);
    expect(still.known('op', ['a', 'b'])).toBe('a');
    expect(still.used).toEqual({ op: 'a' });
    const only = new Tuner();
    only.known('op', ['only']);
    expect(only.used).toEqual({});
  });

  it('leaves no buffer behind', async () => {
    const gpu = await testGpu();
    const { buffers, bytes } = gpu.memory;
    await factorOf(gpu, new Tuner(), 300_000);
    expect(gpu.memory.buffers).toBe(buffers);
    expect(gpu.memory.bytes).toBe(bytes);
  });
});
