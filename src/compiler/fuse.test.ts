import { describe, expect, it } from 'vitest';
import { extra, input, named, type Op, reachable, Value } from '../graph/graph';
import { interpret } from '../graph/interpret';
import { add } from '../ops/add';
import { hinge } from '../ops/hinge';
import { permute } from '../ops/permute';
import { scale } from '../ops/scale';
import { slice } from '../ops/slice';
import { fuse } from './fuse';

const names = (outputs: Value[]) => reachable(outputs).map((v) => v.op.name);

/** factor · x, which swallows another of its kind that nothing else reads. */
const timesOp: Op<{ factor: number }> = {
  name: 'times',
  reference: ({ attrs }, [x]) => x.map((v) => v * attrs.factor),
  fuse: ({ inputs: [x], attrs, shape }, uses) =>
    x.op === timesOp && uses(x) === 1 ? times(x.inputs[0], attrs.factor * x.attrs.factor, shape) : null,
};
const times = (x: Value, factor: number, shape = x.shape) => new Value(timesOp, [x], { factor }, shape);

describe('fuse', () => {
  const x = input('x', [3]);
  const data = new Map([[x, [1, -2, 4]]]);

  it('applies rules until nothing changes', () => {
    const [y] = fuse([times(times(times(times(x, 2), 3), 5), 7)]);
    expect(names([y])).toEqual(['input', 'times']);
    expect(y.attrs.factor).toBe(210);
  });

  it('keeps what another node still reads', () => {
    const shared = times(x, 2);
    const outputs = [add(times(shared, 3), shared)];
    const fused = fuse(outputs);
    expect(names(fused).filter((n) => n === 'times')).toHaveLength(2);
    expect(interpret(fused, data)).toEqual(interpret(outputs, data));
  });

  it('keeps what is itself an output, and gives outputs in their order', () => {
    const middle = times(x, 2);
    const outputs = [times(middle, 3), middle, x];
    const fused = fuse(outputs);
    expect(fused[1]).toBe(middle);
    expect(fused[2]).toBe(x);
    expect(fused[0].inputs[0]).toBe(middle);
    expect(interpret(fused, data)).toEqual(interpret(outputs, data));
  });

  it('rebuilds readers of a fused node once, so that sharing stays sharing', () => {
    const shared = times(times(x, 2), 3);
    const outputs = [add(hinge(shared, 1), scale(shared, 5))];
    const fused = fuse(outputs);
    expect(names(fused).sort()).toEqual(['add', 'hinge', 'input', 'scale', 'times']);
    expect(interpret(fused, data)).toEqual(interpret(outputs, data));
  });

  it('keeps names, and the order of inputs before readers', () => {
    const y = named('y', times(times(x, 2), 3));
    const [out] = fuse([add(scale(y, 2), y)]);
    expect(reachable([out]).map((v) => v.label)).toContain('y');
    for (const node of reachable([out])) for (const v of node.inputs) expect(v.order).toBeLessThan(node.order);
  });

  it('leaves alone what has an extra that is read', () => {
    const op: Op<{ factor: number }> = {
      ...timesOp,
      extras: { half: { shape: (node) => node.shape, reference: (_, [v]) => v.map((n) => n / 2) } },
    };
    const node = new Value(op, [times(x, 2)], { factor: 3 }, [3]);
    expect(names(fuse([node]))).toEqual(['input', 'times']);
    const outputs = [times(node, 5), extra(node, 'half')];
    expect(names(fuse(outputs))).toEqual(['input', 'times', 'times', 'times', 'extra']);
    expect(interpret(fuse(outputs), data)).toEqual(interpret(outputs, data));
  });

  it('leaves a graph without patterns as it is', () => {
    const y = add(scale(x, 2), x);
    expect(fuse([y])).toEqual([y]);
    expect(fuse([y])[0]).toBe(y);
  });

  it('drops permutations that undo each other and joins slices, with the same numbers', () => {
    const z = input('z', [2, 3, 4]);
    const there = permute(z, [2, 0, 1]);
    const outputs = [add(slice(slice(permute(there, [1, 2, 0]), 2, 1, 3), 2, 1, 2), slice(z, 2, 0, 2))];
    const fused = fuse(outputs);
    expect(names(fused).filter((n) => n === 'permute')).toHaveLength(0);
    expect(names(fused).filter((n) => n === 'slice')).toHaveLength(2);
    const leaves = new Map([[z, Float64Array.from({ length: 24 }, (_, i) => i * i)]]);
    expect(interpret(fused, leaves)).toEqual(interpret(outputs, leaves));
  });
});
