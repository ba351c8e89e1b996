import { expect, test } from 'vitest';
import { findCapability, NEEDED_LIMITS } from './capability';

const gpu = (limits: object | null) => ({ requestAdapter: async () => (limits === null ? null : { limits }) });

test('every way of missing WebGPU has its own sentence', async () => {
  const found = await Promise.all([
    findCapability({ secure: false, gpu: gpu(NEEDED_LIMITS) }),
    findCapability({ secure: true }),
    findCapability({ secure: true, gpu: gpu(null) }),
    findCapability({ secure: true, gpu: gpu({ ...NEEDED_LIMITS, maxStorageBuffersPerShaderStage: 4 }) }),
  ]);
  expect(found.map((f) => f.kind)).toEqual(['insecure', 'no-api', 'no-adapter', 'limits']);
  expect(new Set(found.map((f) => ('sentence' in f ? f.sentence : ''))).size).toBe(4);
  expect(found[3]).toMatchObject({ sentence: expect.stringContaining('maxStorageBuffersPerShaderStage is 4') });
});

test('an adapter with the needed limits can train', async () => {
  expect(await findCapability({ secure: true, gpu: gpu(NEEDED_LIMITS) })).toEqual({ kind: 'ready' });
});
