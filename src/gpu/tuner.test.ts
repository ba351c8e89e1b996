import { describe, expect, it } from 'vitest';
import { compile } from '../compiler/compile';
import { testGpu } from '../compiler/testing';
import { input, Value } from '../graph/graph';
import { grid } from '../ops/grid';
import type { KernelOp } from '../ops/kernel';
import type { Gpu } from './gpu';
import { knownGood } from './known-good';
import { race, Tuner } from './tuner';

/** An op whose result tells which variant ran; both cost the same. */
const tellingOp: KernelOp = {
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

/** A machine of its own clock, where a replay takes as many milliseconds as `cost` says of it and of its round. */
function machine(cost: (variant: string, round: number) => number) {
  let now = 0;
  let queued = 0;
  /** Replays of each of a variant's rounds; its first is where drivers compile. */
  const rounds: Record<string, number[]> = {};
  const racer = (variant: string) => ({
    variant,
    run(repeats: number) {
      rounds[variant] = [...(rounds[variant] ?? []), repeats];
      queued += repeats * cost(variant, rounds[variant].length);
    },
  });
  const idle = async () => {
    now += queued;
    queued = 0;
  };
  return { rounds, race: (...variants: string[]) => race(variants.map(racer), idle, () => now) };
}

describe('race', () => {
  const costs: Record<string, number> = { slow: 40, slower: 60, close: 12, fast: 10 };

  it('is won by the fastest, wherever it stands in the list', async () => {
    for (const order of [
      ['fast', 'close', 'slow'],
      ['slow', 'fast', 'close'],
      ['close', 'slow', 'fast'],
    ]) {
      expect(await machine((variant) => costs[variant]).race(...order)).toBe('fast');
    }
  });

  it('does not count the first replay, in which drivers compile', async () => {
    const { race } = machine((variant, round) => (round === 1 && variant === 'fast' ? 5000 : costs[variant]));
    expect(await race('close', 'fast')).toBe('fast');
  });

  it('takes turns: who is held up for some rounds wins all the same', async () => {
    const heldUp: Record<number, number> = { 2: 4, 3: 1.7 };
    const { race } = machine((variant, round) => costs[variant] * ((variant === 'fast' && heldUp[round]) || 1));
    expect(await race('fast', 'close')).toBe('fast');
  });

  it('is left by who is far behind, after a first round that forgives much', async () => {
    const { race, rounds } = machine((variant) => costs[variant]);
    expect(await race('fast', 'slow', 'slower', 'close')).toBe('fast');
    const counts = Object.entries(rounds).map(([variant, each]) => [variant, each.length]);
    expect(Object.fromEntries(counts)).toEqual({ fast: 5, close: 5, slow: 3, slower: 2 });
  });

  it('repeats what is quicker than the clock can tell', async () => {
    // A clock of whole milliseconds sees nothing of one replay.
    const { race, rounds } = machine((variant) => (variant === 'fast' ? 0.01 : 0.012));
    expect(await race('close', 'fast')).toBe('fast');
    expect(rounds.fast.slice(0, 5)).toEqual([1, 1, 2, 4, 8]);
    expect(rounds.fast.slice(-3)).toEqual([512, 512, 512]);
  });
});

describe('Tuner', () => {
  it('measures, takes a variant and remembers it', async () => {
    const gpu = await testGpu();
    const told: string[][] = [];
    const tuner = new Tuner({}, true, (key, variant) => told.push([key, variant]));
    const factor = await factorOf(gpu, tuner, 100_000);
    const [key] = Object.keys(tuner.table);
    const variant = `times ${factor}`;
    expect(told).toEqual([[key, variant]]);
    expect(tuner.table).toEqual({ [key]: variant });
    expect(tuner.used).toEqual({ [key]: variant });
    expect(tuner.known(key, ['times 2', 'times 3'])).toBe(variant);
    expect(new Tuner().known(key, ['times 2', 'times 3'])).toBeNull();
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

  it('takes what is known to be good without measuring, after what is remembered, and notes it', async () => {
    const gpu = await testGpu();
    const good = () => new Tuner({}, true, () => expect.unreachable('measured what is known'), ['times 3', 'times 2']);
    const tuner = good();
    expect(await factorOf(gpu, tuner, 100_000)).toBe(3);
    const [key] = Object.keys(tuner.used);
    expect(tuner.used).toEqual({ [key]: 'times 3' });
    expect(tuner.known('op', ['times 2', 'times 4'])).toBe('times 2');
    expect(tuner.known('op', ['times 4', 'times 5'])).toBeNull();
    expect(new Tuner({ op: 'times 2' }, true, undefined, ['times 3']).known('op', ['times 3', 'times 2'])).toBe(
      'times 2',
    );
  });

  it('knows the software adapters by their family, whatever the release', () => {
    expect(knownGood('mesa|software|llvmpipe: Mesa 99 (LLVM 15)|shader-f16')[0]).toBe('subgroup-8');
    expect(knownGood('google|swiftshader|google swiftshader|subgroups')[0]).toBe('registers');
    expect(knownGood('nvidia|hopper|NVIDIA H200|subgroups')).toEqual([]);
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
