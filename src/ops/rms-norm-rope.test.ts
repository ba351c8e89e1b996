import { describe, expect, it } from 'vitest';
import { dispatchesOf } from '../compiler/count';
import { gradients } from '../compiler/differentiate';
import { fuse } from '../compiler/fuse';
import { expectGradientsMatch, expectKernelsMatchReference, randomArray, relativeL2 } from '../compiler/testing';
import { expectPackedWeightsMatch } from '../compiler/testing-weights';
import { input, reachable, type Value } from '../graph/graph';
import { interpret } from '../graph/interpret';
import { concat } from './concat';
import { rmsNorm } from './rms-norm';
import { rope } from './rope';

const build = ([x, weight, cos, sin]: Value[]) => rope(rmsNorm(x, weight, 1e-6), cos, sin);
const shapesOf = (batch: number, positions: number, heads: number, width: number) => [
  [batch, positions, heads, width],
  [width],
  [positions, width / 2],
  [positions, width / 2],
];

describe('rope(rmsNorm(x))', () => {
  it('is one kernel where nothing else reads the norm', () => {
    const inputs = shapesOf(2, 5, 3, 6).map((s, i) => input(`x${i}`, s));
    const names = (outputs: Value[]) => reachable(fuse(outputs)).map((v) => v.op.name);
    expect(names([build(inputs)])).toContain('rms-norm-rope');
    const norm = rmsNorm(inputs[0], inputs[1], 1e-6);
    expect(names([rope(norm, inputs[2], inputs[3]), norm])).not.toContain('rms-norm-rope');
  });
  it('has the reference of the two ops in turn', () => {
    const inputs = shapesOf(2, 5, 3, 6).map((s, i) => input(`x${i}`, s));
    const out = build(inputs);
    const data = new Map(inputs.map((v, i) => [v, randomArray(v.size, i + 1)]));
    const [apart] = interpret([out], data);
    const [together] = interpret(fuse([out]), data);
    expect(relativeL2(together, apart)).toBeLessThan(1e-14);
  });
  it('matches the two references and has their gradient', async () => {
    for (const shapes of [shapesOf(2, 5, 3, 6), shapesOf(1, 67, 3, 130)]) {
      await expectKernelsMatchReference(shapes, build, { tolerance: 1e-6 });
      await expectGradientsMatch(shapes, build, { wrt: [0], tolerance: 3e-6 });
    }
  });
  it('is one kernel for two tensors joined along their positions, and one for the gradient of each', async () => {
    const joint = ([x, weight, x1, weight1, cos, sin]: Value[]) =>
      rope(concat([rmsNorm(x, weight, 1e-6), rmsNorm(x1, weight1, 1e-6)], 1), cos, sin);
    const shapes = [[2, 3, 3, 6], [6], [2, 4, 3, 6], [6], [7, 3], [7, 3]];
    const inputs = shapes.map((s, i) => input(`x${i}`, s));
    const out = joint(inputs);
    const grads = gradients(out, input('seed', out.shape), [inputs[0], inputs[2]]);
    const names = dispatchesOf([out, ...grads]).map((v) => v.op.name);
    expect(names).toEqual(['rms-norm-rope-joint', 'rms-norm-rope-backward', 'rms-norm-rope-backward']);
    const data = new Map(
      [...inputs, reachable(grads).find((v) => v.attrs.name === 'seed')!].map((v, i) => [
        v,
        randomArray(v.size, i + 1),
      ]),
    );
    const together = interpret(fuse([out, ...grads]), data);
    interpret([out, ...grads], data).forEach((apart, i) => {
      expect(relativeL2(together[i], apart)).toBeLessThan(1e-14);
    });
    await expectKernelsMatchReference(shapes, joint, { tolerance: 1e-6 });
    await expectGradientsMatch(shapes, joint, { wrt: [0, 2], tolerance: 3e-6 });
  });
  it('reads a weight of any type', async () => {
    const [x, weight, cos, sin] = shapesOf(2, 5, 3, 6);
    await expectPackedWeightsMatch([x, cos, sin], [weight], ([v, c, s], [w]) => build([v, w, c, s]), [
      ['f32'],
      ['f16'],
      ['bf16'],
    ]);
  });
});
