import { describe, expect, it } from 'vitest';
import { compile } from '../compiler/compile';
import { randomArray, relativeL2, testGpu } from '../compiler/testing';
import { input, type Value } from '../graph/graph';
import { interpret } from '../graph/interpret';
import { add } from '../ops/add';
import { hinge } from '../ops/hinge';
import { permute } from '../ops/permute';
import { scale } from '../ops/scale';
import { type PreparedDispatch, Program } from './program';

/** A graph of many small steps whose intermediates die at different times. */
function longGraph(x: Value, steps: number): Value {
  const values = [x];
  for (let i = 0; i < steps; i++) {
    const last = values.at(-1)!;
    const earlier = values[Math.max(0, values.length - 1 - ((i * 7) % 11))];
    values.push(
      i % 3 === 0 ? scale(add(last, earlier), 0.5) : i % 3 === 1 ? hinge(last, 0.2) : permute(last, [1, 0, 2, 3]),
    );
  }
  return values.at(-1)!;
}

describe('Program', () => {
  const shape = [3, 3, 5, 7];
  const x = input('x', shape);
  const data = randomArray(315);
  const graph = longGraph(x, 60);

  it('gives the same numbers with buffers reused as the reference without', async () => {
    const compiled = await compile(await testGpu(), { out: graph });
    compiled.write('x', data);
    await compiled.runAndWait();
    expect(relativeL2(await compiled.read('out'), interpret([graph], new Map([[x, data]]))[0])).toBeLessThan(1e-5);
    // 80 nodes, at most a dozen alive at once.
    expect(compiled.memory.bytes).toBeLessThan(20 * 315 * 4);
    expect(compiled.memory.bytes).toBeGreaterThanOrEqual(compiled.memory.lowerBound);
    compiled.destroy();
  });

  it('makes no buffer in 100 runs, and frees all when destroyed', async () => {
    const gpu = await testGpu();
    const before = { ...gpu.memory };
    const compiled = await compile(gpu, { out: graph });
    compiled.write('x', data);
    await compiled.runAndWait();
    const first = await compiled.read('out');
    const prepared = { ...gpu.memory };
    expect(prepared.buffers).toBeGreaterThan(before.buffers);
    for (let i = 0; i < 100; i++) {
      compiled.write('x', data);
      compiled.run();
    }
    expect(await compiled.read('out')).toEqual(first);
    expect(gpu.memory).toEqual(prepared);
    compiled.destroy();
    compiled.destroy();
    expect({ buffers: gpu.memory.buffers, bytes: gpu.memory.bytes }).toEqual({
      buffers: before.buffers,
      bytes: before.bytes,
    });
  });

  it('is cut into several submissions where it is long, with the same numbers', async () => {
    const gpu = await testGpu();
    const compiled = await compile(gpu, { out: graph });
    compiled.write('x', data);
    const submissions = async (flopRate: number) => {
      gpu.flopRate = flopRate;
      const { submissions: start, dispatches } = gpu.counters;
      compiled.run();
      expect(gpu.counters.dispatches - dispatches).toBe(compiled.program.dispatchCount);
      return { count: gpu.counters.submissions - start, out: await compiled.read('out') };
    };
    const usual = gpu.flopRate;
    try {
      const whole = await submissions(1e12);
      const parts = await submissions(1e5);
      const single = await submissions(1);
      expect(whole.count).toBe(1);
      expect(parts.count).toBeGreaterThan(5);
      expect(parts.count).toBeLessThan(compiled.program.dispatchCount);
      expect(single.count).toBe(compiled.program.dispatchCount);
      expect(parts.out).toEqual(whole.out);
      expect(single.out).toEqual(whole.out);
    } finally {
      gpu.flopRate = usual;
      compiled.destroy();
    }
  });

  it('counts dispatches, arithmetic and bytes', async () => {
    const gpu = await testGpu();
    const compiled = await compile(gpu, { out: add(scale(x, 2), x) });
    expect(compiled.program.dispatchCount).toBe(2);
    expect(compiled.program.flops).toBe(2 * 315);
    expect(compiled.program.bytes).toBe(5 * 315 * 4);
    const { flops, bytes } = gpu.counters;
    compiled.write('x', data);
    compiled.run();
    expect(gpu.counters.flops - flops).toBe(2 * 315);
    expect(gpu.counters.bytes - bytes).toBe(5 * 315 * 4);
    compiled.destroy();
  });

  it('names what is wrong with a dispatch', async () => {
    const gpu = await testGpu();
    const buffer = gpu.buffer(512, 'test');
    const range = { buffer, offset: 0, bytes: 64 };
    const out = gpu.buffer(64, 'test');
    const good: PreparedDispatch = {
      shader: 'scale/forward',
      constants: {},
      params: { size: 4, factor: 2 },
      buffers: { x: range, out: { buffer: out, offset: 0, bytes: 64 } },
      workgroups: [1, 1, 1],
      flops: 4,
      label: 'node',
    };
    const attempt = (change: Partial<PreparedDispatch>) =>
      expect(Program.prepare(gpu, [{ ...good, ...change }])).rejects;
    await attempt({ buffers: { x: range } }).toThrow('node: scale/forward needs buffer out');
    await attempt({
      buffers: { x: { buffer, offset: 0, bytes: 16 }, out: { buffer, offset: 256, bytes: 16 } },
    }).toThrow('node: scale/forward writes out into the buffer of x');
    await attempt({ workgroups: [65536, 1, 1] }).toThrow('cannot run [65536,1,1] workgroups');
    await attempt({ workgroups: [0, 1, 1] }).toThrow('cannot run [0,1,1] workgroups');
    await attempt({ params: { size: 4 } }).toThrow('needs parameter factor');
    await attempt({ constants: { WIDE: true } }).toThrow('shaders/scale/forward.wgsl has no override WIDE');
    await attempt({ shader: 'scale/none' }).toThrow('shaders/scale/none.wgsl does not exist');
    buffer.destroy();
    out.destroy();
  });

  it('refuses a write or read of a name it does not have, or of another length', async () => {
    const compiled = await compile(await testGpu(), { out: scale(x, 2) });
    expect(() => compiled.write('y', data)).toThrow('no input or output y');
    expect(() => compiled.write('x', data.subarray(1))).toThrow('x holds 315 numbers, not 314');
    expect(() => compiled.read('y')).toThrow('no input or output y');
    compiled.destroy();
  });
});
