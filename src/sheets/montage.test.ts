import { expect, it } from 'vitest';
import { montage } from './montage';

const plain = (value: number) => ({ width: 2, height: 1, data: new Float32Array(6).fill(value) });

it('puts pictures side by side in rows, and white where there is none', () => {
  const { width, height, data } = montage([[plain(0), plain(0.2), plain(0.4)], [plain(0.6)]]);
  expect([width, height]).toEqual([6, 2]);
  expect([...data.filter((_, i) => i % 4 === 0)]).toEqual([0, 0, 51, 51, 102, 102, 153, 153, 255, 255, 255, 255]);
  expect(data.filter((_, i) => i % 4 === 3).every((alpha) => alpha === 255)).toBe(true);
});
