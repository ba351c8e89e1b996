import { describe, expect, it } from 'vitest';
import { PinnedTuner } from '../gpu/tuner';
import { input, parameter, reachable, type Value, within } from '../graph/graph';
import { interpret } from '../graph/interpret';
import { intern } from '../graph/leaves';
import { activation } from '../ops/activation';
import { add } from '../ops/add';
import { attention } from '../ops/attention';
import { linear } from '../ops/matmul';
import { reshape } from '../ops/reshape';
import { compile } from './compile';
import { gradients } from './differentiate';
import { isAgain, recompute } from './recompute';
import { schedule } from './schedule';
import { randomArray, relativeL2, testGpu } from './testing';

const [rows, width, blocks] = [8, 32, 6];
const blockOf = (origin: string) => /^block \d+/.exec(origin)?.[0] ?? null;

/** Residual blocks of attention and an MLP, each with parameters: outputs, the gradient of every parameter, and leaves. */
function model() {
  const x = input('x', [1, rows, width]);
  const parameters: Value[] = [];
  const p = (name: string, shape: number[]) => {
    parameters.push(parameter(name, shape));
    return parameters[parameters.length - 1];
  };
  let h: Value = x;
  for (let i = 0; i < blocks; i++) {
    const before = h;
    h = within(`block ${i}`, () => {
      const head = (part: string) =>
        reshape(
          within(`block ${i}.${part}`, () => linear(before, p(`${part}${i}`, [width, width]))),
          [1, rows, 2, 16],
        );
      const y = add(before, attention(head('q'), head('k'), head('v')));
      return add(y, linear(activation(linear(y, p(`a${i}`, [width, width])), 'silu'), p(`b${i}`, [width, width])));
    });
  }
  const seed = input('seed', h.shape);
  const grads = gradients(h, seed, parameters);
  const outputs = { h, ...Object.fromEntries(parameters.map((v, i) => [`grad ${v.attrs.name}`, grads[i]])) };
  return { leaves: [x, seed, ...parameters], outputs };
}

describe('recompute', () => {
  const { leaves, outputs } = model();
  const roots = intern(Object.values(outputs));
  const again = recompute(roots, { blockOf, above: 0 });
  const data = new Map(leaves.map((v, i) => [v, randomArray(v.size, i + 1, 0.3)]));

  it('leaves every number as it is', () => {
    const [before, after] = [roots, again].map((of) => interpret(of, new Map([...data])));
    expect(after).toEqual(before);
  });

  it('reads nothing of the inside of a block in its gradient, and computes no block again before its gradient', () => {
    const nodes = schedule(again, isAgain);
    const isGradient = ({ origin }: Value) => origin.startsWith('gradient of ');
    const own = new Set(nodes.filter((v) => blockOf(v.origin) !== null));
    const ends = new Set(
      reachable(again).flatMap((v) => v.inputs.filter((u) => own.has(u) && blockOf(v.origin) !== blockOf(u.origin))),
    );
    for (const v of nodes.filter(isGradient)) for (const u of v.inputs) expect(own.has(u) && !ends.has(u)).toBe(false);
    const copies = nodes.filter(isAgain);
    expect(copies.length).toBeGreaterThan(5 * blocks);
    // A block's copies lie between the gradients of the blocks around it.
    const blockAt = (v: Value) => Number(/block (\d+)/.exec(v.origin)![1]);
    const at = new Map(nodes.map((v, i) => [v, i]));
    for (const copy of copies) {
      const later = nodes.filter((v) => isGradient(v) && blockAt(v) > blockAt(copy));
      const earlier = nodes.filter((v) => isGradient(v) && blockAt(v) < blockAt(copy));
      for (const v of later) expect(at.get(v)!).toBeLessThan(at.get(copy)!);
      for (const v of earlier) expect(at.get(v)!).toBeGreaterThan(at.get(copy)!);
    }
  });

  it('is left alone where little is kept', () => {
    expect(recompute(roots, { blockOf, above: 2 ** 20 })).toEqual(roots);
    expect(recompute(roots, { blockOf: () => null, above: 0 })).toEqual(roots);
    expect(recompute([roots[0]], { blockOf, above: 0 })).toEqual([roots[0]]);
  });

  it('computes the same on a device in less memory', async () => {
    const gpu = await testGpu();
    const found: { bytes: number; values: Float32Array }[] = [];
    for (const above of [Number.POSITIVE_INFINITY, 0]) {
      const buffers = new Map(
        leaves.slice(2).map((v) => {
          const buffer = gpu.buffer(v.bytes, v.attrs.name);
          gpu.write(buffer, data.get(v)!);
          return [v.attrs.name, buffer];
        }),
      );
      const compiled = await compile(gpu, outputs, {
        tuner: new PinnedTuner([]),
        recompute: { blockOf, above },
        place: ({ attrs }) => {
          const buffer = buffers.get(attrs.name);
          return buffer && { buffer, offset: 0, bytes: buffer.bytes };
        },
      });
      for (const v of leaves.slice(0, 2)) compiled.write(v.attrs.name, data.get(v)!);
      await compiled.runAndWait();
      const values: number[] = [];
      for (const name of Object.keys(outputs)) values.push(...(await compiled.read(name)));
      found.push({ bytes: compiled.memory.lowerBound, values: Float32Array.from(values) });
      compiled.destroy();
      for (const buffer of buffers.values()) buffer.destroy();
    }
    const [kept, computed] = found;
    expect(relativeL2(computed.values, kept.values)).toBeLessThan(1e-6);
    expect(computed.bytes).toBeLessThan(kept.bytes / 2);
  });
});
