import { describe, expect, it } from 'vitest';
import { gradients } from '../compiler/differentiate';
import { activation } from '../ops/activation';
import { add } from '../ops/add';
import { linear } from '../ops/matmul';
import { scale } from '../ops/scale';
import { CpuProgram } from './cpu-program';
import { input, parameter, reachable, type Value } from './graph';

const of = (...numbers: number[]) => Float32Array.from(numbers);

describe('CpuProgram', () => {
  it('is written, run and read by name, again and again', async () => {
    const x = input('x', [2]);
    const program = new CpuProgram({ y: scale(x, 3), sum: add(x, input('x', [2])) });
    expect(['x', 'y', 'sum', 'z'].map((name) => program.has(name))).toEqual([true, true, true, false]);
    for (const numbers of [of(1, 2), of(-4, 0.5)]) {
      program.write('x', numbers);
      await program.runAndWait();
      expect(await program.read('y')).toEqual(numbers.map((v) => 3 * v));
      expect(await program.read('sum')).toEqual(numbers.map((v) => 2 * v));
    }
    program.destroy();
  });

  it('keeps what was written, not the array, and computes in double precision', async () => {
    const program = new CpuProgram({ y: scale(scale(input('x', [1]), 1e-40), 1e40) });
    const numbers = of(0.3);
    program.write('x', numbers);
    numbers[0] = 0;
    await program.runAndWait();
    expect((await program.read('y'))[0]).toBeCloseTo(0.3, 6);
  });

  it('trains a network of two layers whose parameters stay the caller’s', async () => {
    const rows = 64;
    const layers: [number, number][] = [
      [2, 16],
      [16, 1],
    ];
    let y: Value = input('x', [rows, 2]);
    layers.forEach(([from, to], i) => {
      y = linear(i ? activation(y, 'silu') : y, parameter(`w${i}`, [to, from]), parameter(`b${i}`, [to]));
    });
    const parameters = reachable([y]).filter((v) => v.op.name === 'parameter');
    const numbers = new Map(
      parameters.map((p) => [
        p.attrs.name,
        Float64Array.from({ length: p.size }, (_, i) => Math.sin(12.9898 * (i + 1))),
      ]),
    );
    const grads = gradients(y, input('seed', [rows, 1]), parameters);
    const outputs = Object.fromEntries(parameters.map((p, i) => [`grad.${p.attrs.name}`, grads[i]]));
    const program = new CpuProgram({ y, ...outputs }, (leaf) => numbers.get(leaf.attrs.name));

    const x = Float32Array.from({ length: 2 * rows }, (_, i) => Math.sin(78.233 * i));
    const wanted = Float32Array.from({ length: rows }, (_, i) => x[2 * i] * x[2 * i + 1]);
    program.write('x', x);
    const losses: number[] = [];
    for (let update = 0; update < 300; update++) {
      program.write('seed', new Float32Array(rows));
      await program.runAndWait();
      const error = (await program.read('y')).map((v, i) => v - wanted[i]);
      losses.push(error.reduce((sum, e) => sum + e * e, 0) / rows);
      program.write(
        'seed',
        error.map((e) => e / rows),
      );
      await program.runAndWait();
      for (const [name, values] of numbers) {
        const g = await program.read(`grad.${name}`);
        for (let i = 0; i < g.length; i++) values[i] -= 0.3 * g[i];
      }
    }
    expect(losses.at(-1)).toBeLessThan(losses[0] / 20);
  });

  it('says what is missing, unknown, or does not fit', async () => {
    const x = input('x', [2]);
    const program = new CpuProgram({ y: add(x, input('z', [2])) });
    program.write('x', of(1, 2));
    await expect(program.read('y')).rejects.toThrow('y is read before the first run');
    await expect(program.runAndWait()).rejects.toThrow('never written: input z');
    expect(() => program.write('y', of(1, 2))).toThrow('no input y');
    expect(() => program.write('x', of(1))).toThrow('x holds 2 numbers, not 1');
    await expect(program.read('x')).rejects.toThrow('no output x');
    expect(() => new CpuProgram({ y: parameter('lora_A', [2]) })).toThrow('no numbers were given for lora_A');
    expect(() => new CpuProgram({ x: scale(x, 2) })).toThrow('an input and an output are both called x');
  });
});
