import { describe, expect, it } from 'vitest';
import { constant, input, parameter, reachable, type Value, weight } from '../graph/graph';
import { interpret } from '../graph/interpret';
import { add } from '../ops/add';
import { linear } from '../ops/matmul';
import { scale } from '../ops/scale';
import { compile } from './compile';
import { gradients } from './differentiate';
import { randomArray, relativeL2, testGpu } from './testing';

describe('a graph that calls a network twice', () => {
  /** Declares an input, a weight, a parameter and a constant of its own at every call. */
  function network(x: Value): Value {
    const frozen = linear(x, weight({ name: 'net/w', layout: 'file' }, [4, 4], 'f32'), input('tokens', [4]));
    const down = linear(x, parameter('lora_A', [2, 4]));
    const trained = linear(down, parameter('lora_B', [4, 2]), null, { residual: frozen });
    return add(trained, constant('table', Float32Array.of(1, 2, 3, 4), [4]));
  }
  const x = input('x', [3, 4]);
  const seed = input('seed', [3, 4]);
  const y = network(scale(network(x), 0.5));
  const parameters = reachable([y]).filter((v) => v.op.name === 'parameter');
  const numbers: Record<string, Float32Array<ArrayBuffer>> = {
    x: randomArray(12, 1),
    seed: randomArray(12, 2),
    tokens: randomArray(4, 3),
    'net/w': randomArray(16, 4),
    lora_A: randomArray(8, 5),
    lora_B: randomArray(8, 6),
  };
  const leaves = (outputs: Value[]) =>
    new Map(reachable(outputs).flatMap((v) => (numbers[v.attrs.name] ? [[v, numbers[v.attrs.name]] as const] : [])));

  it('has one input of each name, and gives each parameter the sum of both gradients', async () => {
    expect(parameters.map((p) => p.attrs.name)).toEqual(['lora_A', 'lora_B', 'lora_A', 'lora_B']);
    const grads = gradients(y, seed, parameters);
    expect(grads[2]).toBe(grads[0]);
    expect(grads[3]).toBe(grads[1]);

    const [out, gradA, gradB] = interpret([y, ...grads.slice(0, 2)], leaves([y, ...grads]));
    const objective = (name: string, change: Float64Array) => {
      const shifted = new Map<Value, ArrayLike<number>>(leaves([y]));
      for (const v of shifted.keys()) if (v.attrs.name === name) shifted.set(v, change);
      return interpret([y], shifted)[0].reduce((sum, v, i) => sum + v * numbers.seed[i], 0);
    };
    for (const [name, grad] of [
      ['lora_A', gradA],
      ['lora_B', gradB],
    ] as const) {
      for (const i of [0, 5]) {
        const at = (h: number) =>
          objective(
            name,
            Float64Array.from(numbers[name], (v, j) => v + (i === j ? h : 0)),
          );
        expect((at(1e-5) - at(-1e-5)) / 2e-5, `${name}[${i}]`).toBeCloseTo(grad[i], 6);
      }
    }

    const gpu = await testGpu();
    const buffers = new Map(['net/w', 'lora_A', 'lora_B'].map((name) => [name, gpu.buffer(64, name)]));
    for (const [name, buffer] of buffers) gpu.write(buffer, numbers[name]);
    const program = await compile(
      gpu,
      { y, gradA: grads[0], gradB: grads[1] },
      {
        place: ({ attrs }) => {
          const buffer = buffers.get(attrs.name);
          return buffer && { buffer, offset: 0, bytes: buffer.bytes };
        },
      },
    );
    for (const name of ['x', 'seed', 'tokens']) program.write(name, numbers[name]);
    await program.runAndWait();
    expect(relativeL2(await program.read('y'), out)).toBeLessThan(1e-5);
    expect(relativeL2(await program.read('gradA'), gradA)).toBeLessThan(1e-5);
    expect(relativeL2(await program.read('gradB'), gradB)).toBeLessThan(1e-5);
    program.destroy();
    for (const buffer of buffers.values()) buffer.destroy();
  });
});

describe('names', () => {
  it('says which input was never written, until it is', async () => {
    const program = await compile(await testGpu(), { y: add(input('a', [2]), scale(input('b', [2]), 2)) });
    program.write('a', Float32Array.of(1, 2));
    expect(() => program.run()).toThrow('never written: input b');
    await expect(program.runAndWait()).rejects.toThrow('never written: input b');
    program.write('b', Float32Array.of(10, 20));
    await program.runAndWait();
    expect([...(await program.read('y'))]).toEqual([21, 42]);
    program.destroy();
  });

  it('refuses leaves of one name that differ, and an output with the name of another value', async () => {
    const gpu = await testGpu();
    const { buffers } = gpu.memory;
    const x = input('x', [2]);
    await expect(compile(gpu, { y: add(input('x', [3, 2]), scale(x, 2)) })).rejects.toThrow(
      'input x is [2] f32 in one place and [3,2] f32 in another',
    );
    await expect(compile(gpu, { x: scale(x, 2) })).rejects.toThrow('an input and an output are both called x');
    expect(gpu.memory.buffers).toBe(buffers);
    const same = await compile(gpu, { x, y: scale(x, 2) });
    same.write('x', Float32Array.of(1, 2));
    await same.runAndWait();
    expect([...(await same.read('x'))]).toEqual([1, 2]);
    same.destroy();
  });
});
