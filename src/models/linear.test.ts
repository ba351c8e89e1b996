import { describe, expect, it } from 'vitest';
import { compile } from '../compiler/compile';
import { gradients } from '../compiler/differentiate';
import { randomArray, relativeL2, testGpu } from '../compiler/testing';
import { quantise, toFloat32 } from '../formats/dtypes';
import { memorySource } from '../formats/file-source';
import { openTensors, writeSafetensors } from '../formats/safetensors';
import { tensorSet } from '../formats/tensor-set';
import { input, parameterOp, reachable, type Value, weightOp } from '../graph/graph';
import { interpret } from '../graph/interpret';
import { concat } from '../ops/concat';
import { Linears } from './linear';
import { forDevice } from './quantised';
import { WeightScope, WeightStore } from './weights';

const OUT = 37;
const IN = 12;

async function scopeOf() {
  const file = writeSafetensors([
    { name: 'big.weight', shape: [OUT, IN], data: randomArray(OUT * IN, 1) },
    { name: 'big.bias', shape: [OUT], data: randomArray(OUT, 2) },
  ]);
  return new WeightScope('m', await openTensors(memorySource('memory', { 'm.safetensors': file }), 'm'));
}

describe('a linear whose weight is larger than one binding', () => {
  it('is split into rows and gives the same outputs and the same input gradient', async () => {
    const gpu = await testGpu();
    const scope = await scopeOf();
    const run = async (bindingBytes?: number) => {
      const x = input('x', [3, IN]);
      const y = new Linears(scope, null, bindingBytes).apply('big', x, OUT);
      const seed = input('seed', [3, OUT]);
      const outputs: Record<string, Value> = { y, dx: gradients(y, seed, [x])[0] };
      const weights = reachable(Object.values(outputs)).filter((v) => v.op === weightOp);
      const store = new WeightStore(gpu);
      await store.load(weights, [scope]);
      const program = await compile(gpu, outputs, { place: (v) => store.place(v) });
      program.write('x', randomArray(3 * IN, 3));
      program.write('seed', randomArray(3 * OUT, 4));
      await program.runAndWait();
      const results = {
        y: await program.read('y'),
        dx: await program.read('dx'),
        pieces: weights.filter((v) => v.shape.length === 2),
      };
      program.destroy();
      store.destroy();
      return results;
    };
    const whole = await run();
    const split = await run(10 * IN * 4);
    expect(whole.pieces.length).toBe(1);
    expect(split.pieces.map((v) => v.shape[0])).toEqual([10, 10, 10, 7]);
    expect(relativeL2(split.y, whole.y)).toBeLessThan(1e-6);
    expect(relativeL2(split.dx, whole.dx)).toBeLessThan(1e-6);
  });

  it('of blocks is split into pieces of whole rows, and gives what its decoded numbers give', async () => {
    const gpu = await testGpu();
    const [out, inputs] = [40, 64];
    const run = async (scope: WeightScope, bindingBytes?: number) => {
      const x = input('x', [3, inputs]);
      const y = new Linears(scope, null, bindingBytes).apply('w', x, out, { bias: false });
      const weights = reachable([y]).filter((v) => v.op === weightOp);
      const store = new WeightStore(gpu);
      await store.load(weights, [scope]);
      const program = await compile(gpu, { y }, { place: (v) => store.place(v) });
      program.write('x', randomArray(3 * inputs, 3));
      await program.runAndWait();
      const result = { y: await program.read('y'), pieces: weights.map((v) => v.shape[0]) };
      program.destroy();
      store.destroy();
      return result;
    };
    const file = quantise(randomArray(out * inputs, 1), 'Q8_0', 'w');
    const decoded = writeSafetensors([{ name: 'w.weight', shape: [out, inputs], data: toFloat32(file, 'Q8_0') }]);
    const source = memorySource('memory', { 'm.safetensors': decoded, q: file });
    const plain = await openTensors(source, 'm');
    const info = new Map([
      [
        'w.weight',
        { name: 'w', dtype: 'Q8_0' as const, shape: [out, inputs], file: 'q', parts: [[0, file.length]] as const },
      ],
    ]);
    const blocks = new WeightScope('m', tensorSet(source, { name: 'q', info, metadata: {}, files: ['q'] }));
    const whole = await run(blocks);
    const split = await run(blocks, 1300);
    expect([whole.pieces, split.pieces]).toEqual([[40], [16, 16, 8]]);
    const expected = await run(new WeightScope('m', plain));
    expect(relativeL2(whole.y, expected.y)).toBeLessThan(1e-6);
    expect(relativeL2(split.y, expected.y)).toBeLessThan(1e-6);
    expect(() => blocks.value('w.weight', [out, inputs])).toThrow(
      'q: tensor w.weight is Q8_0, expected F32, F16 or BF16.',
    );
  });

  it('of several that read one input is one product of their weights, one after the other', async () => {
    const gpu = await testGpu();
    const outs = [8, 20, 12, 4];
    const name = (i: number) => `transformer_blocks.0.${i}`;
    const bytes = writeSafetensors(
      outs.flatMap((out, i) => [
        { name: `${name(i)}.weight`, shape: [out, 32], data: randomArray(out * 32, i + 1) },
        { name: `${name(i)}.bias`, shape: [out], data: randomArray(out, i + 9) },
      ]),
    );
    const plain = await openTensors(memorySource('memory', { 'm.safetensors': bytes }), 'm');
    const list = outs.map((out, i) => ({ name: name(i), out }));
    // One dispatch for those without, two for the one with.
    const lora = { rank: 4, alpha: 4, linears: new Set([name(2)]) };
    const x = input('x', [3, 32]);
    for (const scope of [new WeightScope('m', plain), new WeightScope('m', forDevice(plain, 'Q8_0'))]) {
      const whole = new Linears(scope).together(list, x);
      const [w] = reachable([whole[0]]).filter((v) => v.op === weightOp);
      expect([w.shape, w.attrs.followedBy]).toEqual([[44, 32], [1, 2, 3].map((i) => `${name(i)}.weight`)]);
      const adapted = new Linears(scope, lora).together(list, x);
      expect(reachable(adapted).filter((v) => v.op.name === 'matmul').length).toBe(4);
      const few = new Linears(scope, null, w.bytes / 2 + 4).together(list, x);
      expect(
        reachable(few)
          .filter((v) => v.op.name === 'matmul')
          .map((v) => v.shape[1]),
      ).toEqual([16, 8, 20]);
      const apart = list.map((of) => new Linears(scope).apply(of.name, x, of.out));
      const outputs = Object.fromEntries([...whole, ...few, ...apart].map((y, i) => [`${i}`, y]));
      const store = new WeightStore(gpu);
      await store.load(
        reachable(Object.values(outputs)).filter((v) => v.op === weightOp),
        [scope],
      );
      const program = await compile(gpu, outputs, { place: (v) => store.place(v) });
      program.write('x', randomArray(3 * 32, 5));
      await program.runAndWait();
      for (const i of outs.keys()) {
        const expected = await program.read(`${i + 8}`);
        for (const found of [i, i + 4]) expect(relativeL2(await program.read(`${found}`), expected)).toBeLessThan(1e-6);
      }
      program.destroy();
      store.destroy();
    }
  });

  it('names a tensor that is missing or of the wrong shape', async () => {
    const scope = await scopeOf();
    expect(() => scope.value('other.weight', [2, 3])).toThrow(
      'tensor other.weight is missing, expected one of shape [2, 3]',
    );
    expect(() => scope.value('big.bias', [5])).toThrow('tensor big.bias has shape [37], expected [5]');
  });
});

describe('a linear in parts', () => {
  it.each([
    ['whole rows of blocks', [8, 4, 20]],
    ['odd sizes, which are cut out of the whole', [7, 5, 20]],
  ])('gives its outputs and gradients: %s', async (_, outs) => {
    const [out, rank] = [32, 2];
    const data = randomArray(out * IN, 1);
    const file = writeSafetensors([{ name: 'w.weight', shape: [out, IN], data }]);
    const scope = new WeightScope('m', await openTensors(memorySource('memory', { 'm.safetensors': file }), 'm'));
    const lora = { rank, alpha: 3, linears: new Set(['w']) };
    const results = [outs, [out]].map((sizes) => {
      const x = input('x', [3, IN]);
      const linears = new Linears(scope, lora);
      const y =
        sizes.length > 1 ? concat(linears.inParts('w', x, sizes), 1) : linears.apply('w', x, out, { bias: false });
      const parameters = reachable([y]).filter((v) => v.op === parameterOp);
      const factors = ['lora_A', 'lora_B'].map((of) => parameters.find((v) => v.attrs.name.includes(of))!);
      const seed = input('seed', [3, out]);
      const outputs = [y, ...gradients(y, seed, [x, ...factors])];
      const leaves = reachable(outputs).flatMap((v): [Value, ArrayLike<number>][] => {
        if (v.op !== weightOp) return [];
        const [begin, end] = v.attrs.rows ?? [0, out];
        return [[v, data.subarray(begin * IN, end * IN)]];
      });
      const given: [Value, ArrayLike<number>][] = [x, seed, ...factors].map((v, i) => [v, randomArray(v.size, i + 2)]);
      return interpret(outputs, new Map([...leaves, ...given]));
    });
    results[0].forEach((found, i) => {
      expect(relativeL2(found, results[1][i])).toBeLessThan(1e-12);
    });
  });
});
