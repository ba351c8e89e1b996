import { expect, test } from 'vitest';
import { randomArray, testGpu } from '../compiler/testing';
import { GradientSum } from './gradient-sum';

test('the first pass is kept bit for bit, further ones are added, in ranges too; no pass is zero', async () => {
  const gpu = await testGpu();
  const count = 1000;
  for (const bindingBytes of [undefined, 1024]) {
    const total = gpu.buffer(count * 4, 'total', { ranges: true });
    const sum = new GradientSum(gpu, total, bindingBytes);
    const passes = [1, 2, 3].map((seed) => randomArray(count, seed));
    for (let update = 0; update < 2; update++) {
      sum.clear();
      const expected = new Float32Array(count);
      for (const pass of passes) {
        gpu.write(sum.part, pass);
        await sum.add();
        for (const [i, v] of pass.entries()) expected[i] += v;
        if (pass === passes[0]) expect(await gpu.readFloats(total)).toEqual(passes[0]);
      }
      sum.settle();
      expect(await gpu.readFloats(total)).toEqual(expected);
    }
    sum.clear();
    sum.settle();
    expect(await gpu.readFloats(total)).toEqual(new Float32Array(count));
    sum.destroy();
    total.destroy();
  }
});
