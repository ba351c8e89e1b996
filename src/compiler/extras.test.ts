import { describe, expect, it } from 'vitest';
import { extra, input, Value as Node, parameter, type Value } from '../graph/graph';
import { interpret } from '../graph/interpret';
import { add } from '../ops/add';
import { grid } from '../ops/grid';
import type { Dispatch, KernelOp } from '../ops/kernel';
import { reshape } from '../ops/reshape';
import { scale } from '../ops/scale';
import { compile } from './compile';
import { gradients } from './differentiate';
import { randomArray, relativeL2, testGpu } from './testing';

/** 2x, and 3x as its extra `triple`, 5x as `unread`. */
const manyOp: KernelOp = {
  name: 'many',
  reference: (_, [x]) => x.map((v) => 2 * v),
  extras: {
    triple: { shape: ({ shape }) => [...shape, 1], reference: (_, [x]) => x.map((v) => 3 * v) },
    unread: { shape: ({ shape }) => shape, reference: (_, [x]) => x.map((v) => 5 * v) },
  },
  gradient: (node, dy) => [add(scale(dy, 2), reshape(extra(node, 'triple'), dy.shape))],
  kernels: (node) => {
    const times = (factor: number, out: Value | string): Dispatch => ({
      shader: 'scale/forward',
      buffers: { x: node.inputs[0], out },
      params: { size: node.size, factor },
      workgroups: grid(node.size, 64),
    });
    return [{ variant: 'scalar', dispatches: [times(2, node), times(3, 'triple'), times(5, 'unread')] }];
  },
};
const many = (x: Value): Value => new Node(manyOp, [x], {}, x.shape);

describe('an operation with several outputs', () => {
  const x = input('x', [4, 3]);
  const data = randomArray(12, 1);

  it('computes them together: as outputs, read later, declared twice, or not at all', async () => {
    const gpu = await testGpu();
    const y = many(x);
    const triple = extra(y, 'triple');
    const chain = scale(scale(scale(y, 2), 2), 2);
    const outputs = {
      sum: add(reshape(triple, [12]), reshape(chain, [12])),
      triple,
      again: scale(extra(y, 'triple'), 10),
      alone: scale(extra(many(scale(x, 7)), 'triple'), 1.5),
    };
    const program = await compile(gpu, outputs);
    expect(program.program.dispatchCount).toBe(3 + 3 + 2 + 5);
    program.write('x', data);
    await program.runAndWait();
    const wanted = interpret(Object.values(outputs), new Map([[x, data]]));
    for (const [i, name] of Object.keys(outputs).entries())
      expect(relativeL2(await program.read(name), wanted[i]), name).toBeLessThan(1e-6);
    program.destroy();
  });

  it('may read them in its gradient, and has none through them', () => {
    const w = parameter('w', [4, 3]);
    const seed = input('seed', [4, 3]);
    const [g] = gradients(many(w), seed, [w]);
    const [ones, numbers] = [new Float32Array(12).fill(1), data];
    const leaves = new Map([
      [seed, ones],
      [w, numbers],
    ]);
    expect(
      relativeL2(
        interpret([g], leaves)[0],
        numbers.map((v) => 2 + 3 * v),
      ),
    ).toBeLessThan(1e-6);
    const through = () => gradients(extra(many(w), 'triple'), input('seed', [4, 3, 1]), [w]);
    expect(through).toThrow('many has no gradient through its triple');
    expect(() => extra(many(w), 'fourth')).toThrow('many has no extra fourth');
  });
});
