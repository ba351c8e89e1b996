import { describe, expect, it } from 'vitest';
import { input, type Op, parameter, reachable, Value, within } from '../graph/graph';
import { interpret } from '../graph/interpret';
import { add } from '../ops/add';
import { hinge } from '../ops/hinge';
import { linear } from '../ops/matmul';
import { scale } from '../ops/scale';
import { slice } from '../ops/slice';
import { gradients } from './differentiate';
import { fuse } from './fuse';

const names = (outputs: Value[]) => reachable(outputs).map((v) => v.op.name);

describe('gradients', () => {
  it('adds up over all uses of a value', () => {
    const w = parameter('w', [4]);
    const seed = input('seed', [4]);
    // 3w + w + (w twice in one add) = 6w
    const loss = add(add(scale(w, 3), w), add(w, w));
    const [g] = gradients(loss, seed, [w]);
    expect([...interpret([g], new Map([[seed, [1, 2, 3, -4]]]))[0]]).toEqual([6, 12, 18, -24]);
  });

  it('follows parts of a value that are used apart', () => {
    const w = parameter('w', [6]);
    const seed = input('seed', [4]);
    const [g] = gradients(add(slice(w, 0, 0, 4), scale(slice(w, 0, 2, 4), 10)), seed, [w]);
    expect([...interpret([g], new Map([[seed, [1, 2, 3, 4]]]))[0]]).toEqual([1, 2, 13, 24, 30, 40]);
  });

  it('emits nothing for frozen branches', () => {
    const w = parameter('w', [5]);
    const frozen = input('frozen', [5]);
    const seed = input('seed', [5]);
    const loss = add(hinge(scale(frozen, 3), 1), scale(w, 2));
    const [g] = gradients(loss, seed, [w]);
    // Only dL/dw = 2·seed: neither the frozen branch nor its gradient.
    expect(names([g])).toEqual(['input', 'scale']);
  });

  it('emits nothing below the trainable values, and asks no rule of frozen ops', () => {
    const opaque: Op = { name: 'opaque', reference: (_, [x]) => x };
    const w = parameter('w', [5]);
    const seed = input('seed', [5]);
    const frozen = new Value(opaque, [input('x', [5])], {}, [5]);
    expect(gradients(add(frozen, w), seed, [w])).toEqual([seed]);
    expect(() => gradients(new Value(opaque, [w], {}, [5]), seed, [w])).toThrow('opaque has no gradient rule');
  });

  it('tells each rule which inputs need a gradient', () => {
    const asked: boolean[][] = [];
    const spy: Op = {
      name: 'spy',
      gradient: (node, dy, needs) => {
        asked.push(needs);
        return node.inputs.map((_, i) => (needs[i] ? dy : null));
      },
    };
    const w = parameter('w', [2]);
    const x = input('x', [2]);
    const y = new Value(spy, [x, scale(w, 2), x], {}, [2]);
    gradients(y, input('seed', [2]), [w]);
    expect(asked).toEqual([[false, true, false]]);
  });

  it('refuses a rule that does not answer for every input it was asked for', () => {
    const w = parameter('blocks.0.bias', [2]);
    const answering = (parts: (dy: Value, all: readonly Value[]) => (Value | null)[]) => () => {
      const op: Op = { name: 'deaf', gradient: (node, dy) => parts(dy, node.inputs) };
      return gradients(new Value(op, [input('x', [2]), w], {}, [2]), input('seed', [2]), [w]);
    };
    expect(answering(() => [null, null])).toThrow('deaf has no gradient for its input 1 (blocks.0.bias)');
    expect(answering((dy) => [dy])).toThrow('deaf gives 1 gradients for 2 inputs');
    expect(answering((dy) => [null, slice(dy, 0, 0, 1)])).toThrow(
      'deaf gives a gradient [1] for its input 1 (blocks.0.bias) [2]',
    );
    expect(answering((dy) => [null, dy])).not.toThrow();
  });

  it('gives gradients of values inside the graph and of the loss itself', () => {
    const w = parameter('w', [3]);
    const seed = input('seed', [3]);
    const middle = scale(w, 2);
    const loss = scale(middle, 5);
    const [atLoss, atMiddle, atW] = gradients(loss, seed, [loss, middle, w]);
    expect(atLoss).toBe(seed);
    const leaves = new Map([[seed, [1, 1, 1]]]);
    expect([...interpret([atMiddle, atW], leaves)].map((g) => g[0])).toEqual([5, 10]);
  });

  it('visits a chain of shared values once each: 40 doublings are 40 nodes, not 2⁴⁰', () => {
    const w = parameter('w', [1]);
    const seed = input('seed', [1]);
    let y: Value = w;
    for (let i = 0; i < 40; i++) y = add(y, y);
    const [g] = gradients(y, seed, [w]);
    expect(names([g]).filter((n) => n === 'add')).toHaveLength(40);
    expect(interpret([g], new Map([[seed, [1]]]))[0][0]).toBe(2 ** 40);
  });

  it("gives a gradient's nodes the origin of what they differentiate", () => {
    const w = parameter('w', [2]);
    const seed = input('seed', [2]);
    const part = (name: string, x: Value) => within(name, () => scale(hinge(x, 1), 2));
    const y = add(part('block.0', w), part('block.1', w));
    expect(reachable([y]).map((v) => v.origin)).toEqual(['', 'block.0', 'block.0', 'block.1', 'block.1', '']);
    const [g] = gradients(y, seed, [w]);
    const origins = (v: Value) => reachable([v]).flatMap(({ op, origin }) => (origin ? [`${op.name}: ${origin}`] : []));
    const backward = [1, 0].flatMap((i) => [`scale: gradient of block.${i}`, `hinge-backward: gradient of block.${i}`]);
    expect(origins(g)).toEqual([...backward, 'add: gradient of block.0']);
  });

  it('keeps the origin of what fusion swallows', () => {
    const [x, p, q] = [input('x', [2, 4]), parameter('p', [4, 4]), parameter('q', [4, 4])];
    const y = add(
      within('to_q', () => linear(x, p)),
      within('to_k', () => linear(x, q)),
    );
    const [fused] = fuse([y]);
    const origins = reachable([fused]).flatMap(({ op, origin }) => (op.name === 'matmul' ? [origin] : []));
    expect(origins.sort()).toEqual(['to_k', 'to_q']);
  });

  it('says which value the loss does not depend on', () => {
    const w = parameter('blocks.0.lora_A', [3]);
    const seed = input('seed', [3]);
    expect(() => gradients(scale(input('x', [3]), 2), seed, [w])).toThrow('does not depend on blocks.0.lora_A');
  });

  it('refuses a seed of another shape', () => {
    const w = parameter('w', [3]);
    expect(() => gradients(scale(w, 2), input('seed', [2]), [w])).toThrow('seed has shape [2], the loss [3]');
  });
});
