import { expect, it } from 'vitest';
import { randomArray, testGpu } from '../compiler/testing';
import { OldLora } from './old-lora';

it('follows the trained LoRA by its share, also in more than one range', async () => {
  const gpu = await testGpu();
  const count = 64 * 5;
  const trained = gpu.buffer(count * 4, 'trained', { ranges: true });
  const [from, to] = [randomArray(count, 1), randomArray(count, 2)];
  gpu.write(trained, to);
  const old = new OldLora(gpu, trained, 512);
  await old.prepare();
  gpu.write(old.parameters, from);
  old.follow(0.25);
  const followed = await gpu.readFloats(old.parameters);
  followed.forEach((value, i) => {
    expect(value).toBeCloseTo(0.25 * from[i] + 0.75 * to[i], 6);
  });
  old.follow(0);
  expect(await gpu.readFloats(old.parameters)).toEqual(to);
  old.destroy();
  trained.destroy();
});
