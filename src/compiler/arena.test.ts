import { describe, expect, it } from 'vitest';
import { input, type Value } from '../graph/graph';
import { interpret } from '../graph/interpret';
import { hinge } from '../ops/hinge';
import { permute } from '../ops/permute';
import { scale } from '../ops/scale';
import { Arena } from './arena';
import { compile } from './compile';
import { randomArray, relativeL2, testGpu } from './testing';

describe('Arena', () => {
  it('gives the buffers that are there, the smallest that is large enough, and no buffer twice', async () => {
    const gpu = await testGpu();
    const { bytes } = gpu.memory;
    const arena = new Arena(gpu);
    const first = arena.take([400, 100]);
    expect(first.map((b) => b.bytes)).toEqual([400, 100]);
    const second = arena.take([80, 300, 90]);
    expect(second.map((b) => b.bytes)).toEqual([80, 400, 100]);
    expect(new Set(second).size).toBe(3);
    expect([second[1], second[2]]).toEqual(first);
    expect(arena.bytes).toBe(580);
    expect(gpu.memory.bytes - bytes).toBe(580);

    arena.release(first);
    expect(arena.bytes).toBe(580);
    arena.release(second);
    expect(arena.bytes).toBe(0);
    expect(gpu.memory.bytes).toBe(bytes);
  });

  it('takes nothing where the device cannot hold it', async () => {
    const gpu = await testGpu();
    const arena = new Arena(gpu);
    const { buffers } = gpu.memory;
    expect(() => arena.take([64, 2 ** 40])).toThrow('in one buffer');
    expect([arena.bytes, gpu.memory.buffers]).toEqual([0, buffers]);
  });
});

describe('programs that share an arena', () => {
  const shape = [8, 16, 4];
  /** Some intermediates of x's size. */
  const chain = (x: Value, steps: number): Value => {
    let y = x;
    for (let i = 0; i < steps; i++)
      y = i % 3 === 0 ? scale(y, 1.25) : i % 3 === 1 ? hinge(y, 0.5) : permute(y, [1, 0, 2].slice(0, y.shape.length));
    return y;
  };

  it('leave each other’s inputs and outputs alone, in whatever order they run', async () => {
    const gpu = await testGpu();
    const before = { ...gpu.memory };
    const arena = new Arena(gpu);
    const x = input('x', shape);
    const small = input('x', [8, 16, 1]);
    const graphs: { x: Value; y: Value; middle: Value }[] = [
      { x, middle: chain(x, 3), y: chain(chain(x, 3), 6) },
      { x: small, middle: chain(small, 2), y: chain(chain(small, 2), 9) },
      { x, middle: chain(x, 4), y: chain(chain(x, 4), 8) },
    ];
    const programs = [];
    for (const { y, middle } of graphs) programs.push(await compile(gpu, { y, middle }, { arena }));
    const data = graphs.map(({ x: leaf }, i) => randomArray(leaf.size, i + 1));
    // All inputs first: running one program must not touch what another was given.
    programs.forEach((program, i) => {
      program.write('x', data[i]);
    });
    for (const i of [0, 1, 2, 1, 0, 2, 2, 0]) programs[i].run();
    for (const [i, { x: leaf, y, middle }] of graphs.entries()) {
      const [wantedY, wantedMiddle] = interpret([y, middle], new Map([[leaf, data[i]]]));
      expect(relativeL2(await programs[i].read('y'), wantedY), `program ${i}`).toBeLessThan(1e-5);
      expect(relativeL2(await programs[i].read('middle'), wantedMiddle), `program ${i}`).toBeLessThan(1e-5);
    }

    expect(arena.bytes).toBeLessThan(programs.reduce((sum, { memory }) => sum + memory.bytes, 0));
    expect(arena.bytes).toBeGreaterThanOrEqual(Math.max(...programs.map(({ memory }) => memory.bytes)));
    const [y] = [await programs[1].read('y')];
    programs[0].destroy();
    programs[0].destroy();
    programs[2].run();
    programs[1].run();
    expect(await programs[1].read('y')).toEqual(y);
    programs[1].destroy();
    programs[2].destroy();
    expect(arena.bytes).toBe(0);
    expect(gpu.memory).toMatchObject({ bytes: before.bytes, buffers: before.buffers });
  });
});
