import { describe, expect, it } from 'vitest';
import { input, type Shape, type Value } from '../graph/graph';
import { interpret } from '../graph/interpret';
import { add } from '../ops/add';
import { concat } from '../ops/concat';
import { hinge } from '../ops/hinge';
import { isComputed } from '../ops/kernel';
import { reshape } from '../ops/reshape';
import { scale } from '../ops/scale';
import { slice } from '../ops/slice';
import { compile } from './compile';
import { isView, liesInPlace, locate } from './locate';
import { schedule } from './schedule';
import { randomArray, relativeL2, testGpu } from './testing';

/** A row of 64 numbers is 256 bytes, where a buffer can be bound. */
const x = input('x', [6, 64]);

/** The dispatches that copy: of slices that are no views, and of parts that are not made in place. */
function copies(outputs: readonly Value[]): string[] {
  const nodes = schedule(outputs);
  const home = locate(nodes, outputs);
  return nodes.flatMap((node) => {
    if (!isComputed(node) || isView(node, home)) return [];
    const { name } = node.op;
    if (name === 'slice') return ['slice'];
    return name === 'concat' ? node.inputs.flatMap((_, i) => (liesInPlace(node, i, home) ? [] : [`part ${i}`])) : [];
  });
}

/** Compiles and runs, without fusion in the way, and compares with the reference. */
async function expectRight(outputs: readonly Value[], inputs: readonly Value[] = [x]): Promise<void> {
  const program = await compile(await testGpu(), Object.fromEntries(outputs.map((v, i) => [`y${i}`, v])));
  const data = new Map(inputs.map((v, i) => [v, randomArray(v.size, i + 1)]));
  for (const [v, numbers] of data) if (program.has(v.attrs.name)) program.write(v.attrs.name, numbers);
  await program.runAndWait();
  const expected = interpret(outputs, data);
  for (const [i, y] of expected.entries())
    expect(relativeL2(await program.read(`y${i}`), y), `y${i}`).toBeLessThan(1e-5);
  program.destroy();
}

describe('views', () => {
  it('are runs of rows, of an input or of a computed value, in any shape', async () => {
    const y = scale(x, 2);
    const outputs = [
      add(slice(x, 0, 1, 2), slice(y, 0, 3, 2)),
      scale(slice(slice(reshape(y, [2, 3, 64]), 0, 1, 1), 1, 1, 1), 3),
    ];
    expect(copies(outputs)).toEqual([]);
    await expectRight(outputs);
  });

  it('are copies where they do not begin at a place to bind, or are no run', async () => {
    const odd = input('odd', [4, 3]);
    const outputs = [scale(slice(odd, 0, 1, 2), 2), scale(slice(x, 1, 0, 32), 2)];
    expect(copies(outputs)).toEqual(['slice', 'slice']);
    await expectRight(outputs, [x, odd]);
  });

  it('are copies where they are outputs, under whatever shape', async () => {
    const y = scale(x, 2);
    const outputs = [slice(y, 0, 1, 2), reshape(slice(y, 0, 2, 2), [128]), slice(x, 0, 0, 2), y];
    expect(copies(outputs)).toEqual(['slice', 'slice', 'slice']);
    await expectRight(outputs);
  });
});

describe('parts', () => {
  const a = () => scale(x, 2);
  const b = () => hinge(slice(x, 0, 0, 3), 0.5);

  it('are made where they are joined, of joins too, and are read there', async () => {
    const [p, q] = [a(), b()];
    const inner = concat([reshape(p, [6, 64]), q], 0);
    const outer = concat([scale(q, 3), inner], 0);
    const outputs = [
      add(outer, reshape(slice(outer, 0, 11, 1), [64])),
      scale(p, 5),
      scale(slice(inner, 0, 5, 3), 7),
      outer,
    ];
    expect(copies(outputs)).toEqual(['part 1']);
    expect(copies([outer])).toEqual(['part 1']);
    await expectRight(outputs);
    const apart = concat([scale(x, 3), concat([a(), b()], 0)], 0);
    expect(copies([apart])).toEqual([]);
    await expectRight([apart]);
  });

  it('are copied where they are inputs, outputs, views, joined twice, or not at a place to bind', async () => {
    const p = a();
    expect(copies([concat([x, a()], 0)])).toEqual(['part 0']);
    expect(copies([concat([p, a()], 0), p])).toEqual(['part 0']);
    expect(copies([concat([slice(p, 0, 1, 2), a()], 0)])).toEqual(['part 0']);
    expect(copies([concat([p, p], 0)])).toEqual(['part 0', 'part 1']);
    expect(copies([add(concat([p, a()], 0), concat([p, a()], 0))])).toEqual(['part 0']);
    const odd = input('odd', [4, 3]);
    expect(copies([concat([scale(odd, 2), scale(odd, 3)], 0)])).toEqual(['part 1']);
    const outputs = [concat([x, p, slice(p, 0, 1, 2), p, a()], 0), p, concat([scale(odd, 2), scale(odd, 3)], 0)];
    await expectRight(outputs, [x, odd]);
  });

  it('do not move where what writes the joined tensor would read it', async () => {
    const p = a();
    const fromP = scale(p, 3);
    expect(copies([concat([p, fromP], 0)])).toHaveLength(1);
    const third = add(fromP, p);
    expect(copies([concat([p, fromP, third], 0)])).toHaveLength(2);
    expect(copies([concat([p, slice(p, 0, 0, 2)], 0)])).toEqual(['part 0', 'part 1']);
    await expectRight([concat([p, fromP], 0), concat([p, fromP, third], 0), concat([p, slice(p, 0, 0, 2)], 0)]);
  });
});

it('any graph of views and joins gives the numbers of the reference, and no error of the device', async () => {
  for (let seed = 1; seed <= 25; seed++) {
    const numbers = randomArray(4096, seed, 1e6);
    let next = 0;
    const random = (limit: number) => Math.floor(Math.abs(numbers[next++])) % limit;
    const width = [64, 64, 20, 128][random(4)];
    const pick = (list: readonly Value[]) => list[random(list.length)];
    const shape: Shape = [1 + random(5), width];
    const values: Value[] = [input('a', shape), input('b', [1 + random(4), width])];
    const inputs = [...values];
    for (let i = 0; i < 24; i++) {
      const v = pick(values);
      const rows = v.shape[0];
      const kind = random(6);
      if (kind === 0) values.push(scale(v, 1 + random(3)));
      else if (kind === 1) values.push(hinge(v, 0.5));
      else if (kind === 2) {
        const start = random(rows);
        values.push(slice(v, 0, start, 1 + random(rows - start)));
      } else if (kind === 3) values.push(reshape(reshape(v, [rows * width]), [rows, width]));
      else if (kind === 4) values.push(add(v, pick(values.filter((u) => u.shape[0] === rows))));
      else if (rows < 40) values.push(concat([v, pick(values), pick(values)].slice(0, 2 + random(2)), 0));
    }
    await expectRight([pick(values.slice(10)), pick(values.slice(10)), values.at(-1)!], inputs);
  }
});
