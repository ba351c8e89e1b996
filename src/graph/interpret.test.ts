import { describe, expect, it } from 'vitest';
import { add } from '../ops/add';
import { scale } from '../ops/scale';
import { constant, input, type Op, parameter, reachable, Value, weight } from './graph';
import { interpret } from './interpret';

describe('interpret', () => {
  const x = input('x', [2, 3]);

  it('computes outputs in double precision, in the order asked', () => {
    const y = scale(x, 0.1);
    const data = [1, 2, 3, 4, 5, 6];
    const [sum, first] = interpret([add(y, constant('c', Float32Array.of(1, 2, 4), [3])), y], new Map([[x, data]]));
    expect([...first]).toEqual(data.map((v) => v * 0.1));
    expect([...sum]).toEqual(data.map((v, i) => v * 0.1 + [1, 2, 4][i % 3]));
  });

  it('evaluates a shared value once', () => {
    let runs = 0;
    const counted: Op = {
      name: 'counted',
      reference: (_, [v]) => {
        runs++;
        return v.slice();
      },
    };
    const y = new Value(counted, [x], {}, x.shape);
    interpret([add(y, y), y], new Map([[x, new Float32Array(6)]]));
    expect(runs).toBe(1);
  });

  it('takes data for weights, parameters and values inside the graph', () => {
    const w = weight({ name: 'w', layout: 'file' }, [3], 'bf16');
    const p = parameter('p', [3]);
    const middle = add(w, p);
    const y = scale(middle, 2);
    const leaves = new Map<Value, number[]>([
      [w, [1, 2, 3]],
      [p, [10, 20, 30]],
    ]);
    expect([...interpret([y], leaves)[0]]).toEqual([22, 44, 66]);
    leaves.set(middle, [0, 0, 1]);
    expect([...interpret([y], leaves)[0]]).toEqual([0, 0, 2]);
  });

  it('says what is missing or does not fit', () => {
    expect(() => interpret([x], new Map())).toThrow('no data and no reference for input x');
    expect(() => interpret([x], new Map([[x, [1, 2]]]))).toThrow('input [2,3] was given 2 numbers');
    const short: Op = { name: 'short', reference: () => new Float64Array(1) };
    expect(() => interpret([new Value(short, [], {}, [2])], new Map())).toThrow('gave 1 numbers for [2]');
  });
});

describe('reachable', () => {
  it('lists inputs before readers and leaves out what no output needs', () => {
    const x = input('x', [3]);
    const y = scale(x, 2);
    const dead = scale(x, 3);
    const out = add(y, x);
    expect(reachable([out])).toEqual([x, y, out]);
    expect(reachable([out, dead])).toEqual([x, y, dead, out]);
  });
});
