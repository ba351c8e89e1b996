import { describe, expect, it } from 'vitest';
import { add } from '../ops/add';
import { scale } from '../ops/scale';
import { constant, input, named, parameter, reachable, type Value, weight } from './graph';
import { interpret } from './interpret';
import { intern } from './leaves';

const leavesOf = (outputs: Value[]) => reachable(outputs).filter((v) => v.inputs.length === 0);
const of = (...numbers: number[]) => Float32Array.from(numbers);

/** A model that declares every kind of leaf where it reads it. */
function model(x: Value): Value {
  const frozen = weight({ name: 'transformer/w', layout: 'file' }, [2], 'f32');
  const table = constant('table', of(1, 2), [2]);
  return add(add(x, frozen), add(parameter('lora_A', [2]), add(table, input('tokens', [2]))));
}

describe('intern', () => {
  it('makes the leaves of two calls one each', () => {
    const x = input('x', [2]);
    const y = model(model(x));
    expect(leavesOf([y])).toHaveLength(9);
    const [one] = intern([y]);
    const names = leavesOf([one]).map((v) => `${v.op.name} ${v.attrs.name}`);
    expect(names.sort()).toEqual([
      'constant table',
      'input tokens',
      'input x',
      'parameter lora_A',
      'weight transformer/w',
    ]);
    const first = leavesOf([y]);
    expect(leavesOf([one]).every((v) => first.includes(v))).toBe(true);
  });

  it('leaves a graph without double leaves as it is, and keeps places and labels elsewhere', () => {
    const y = model(input('x', [2]));
    expect(intern([y, y])).toEqual([y, y]);
    expect(intern([y])[0]).toBe(y);
    const twice = named('both', add(scale(input('x', [2]), 2), input('x', [2])));
    const [one] = intern([twice]);
    expect([one.label, one.order]).toEqual(['both', twice.order]);
    expect(one.inputs[0]).toBe(twice.inputs[0]);
  });

  it('tells weights apart by layout and rows, constants by content and shape alone', () => {
    const w = (layout: string, rows?: [number, number]) =>
      weight({ name: 'w', layout, ...(rows && { rows }) }, [2], 'f32');
    const different = [w('file'), w('conv'), w('file', [0, 2]), w('file', [2, 4])];
    expect(new Set(intern(different)).size).toBe(4);
    const [a, b, c, d, e, f] = intern([
      constant('a', of(1, 2, 3, 4, 5, 6), [6]),
      constant('b', of(1, 2, 3, 4, 5, 6), [6]),
      constant('a', of(1, 2, 3, 4, 5, 7), [6]),
      constant('a', of(1, 2, 3, 4, 5, 6), [2, 3]),
      constant('zero', of(0), [1]),
      constant('zero', of(-0), [1]),
    ]);
    expect(b).toBe(a);
    expect(new Set([a, c, d, e, f]).size).toBe(5);
  });

  it('refuses one name for two different leaves', () => {
    const refused = (a: Value, b: Value) => expect(() => intern([a, b]));
    refused(input('tokens', [2, 4]), input('tokens', [4, 4])).toThrow(
      'input tokens is [2,4] f32 in one place and [4,4] f32 in another',
    );
    refused(parameter('lora_A', [2, 4]), parameter('lora_A', [4, 2])).toThrow('parameter lora_A is [2,4] f32');
    const w = (dtype: 'f16' | 'bf16') => weight({ name: 'w', layout: 'file' }, [2], dtype);
    refused(w('f16'), w('bf16')).toThrow('weight w is [2] f16 in one place and [2] bf16 in another');
  });
});

describe('interpret', () => {
  it('takes the numbers of a leaf declared twice once', () => {
    const [a, b] = [input('x', [2]), input('x', [2])];
    const y = add(a, scale(b, 10));
    for (const given of [a, b]) expect([...interpret([y], new Map([[given, [1, 2]]]))[0]]).toEqual([11, 22]);
    const two = new Map([
      [a, [1, 2]],
      [b, [3, 4]],
    ]);
    expect(() => interpret([y], two)).toThrow('input x was given two sets of numbers');
  });
});
