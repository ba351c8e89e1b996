/** @file The kernel choices a machine keeps. */
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, test, vi } from 'vitest';
import type { Gpu } from '../gpu/gpu';
import { machineTuner } from './device';
import { temporaryFolder } from './testing/harness';

const cache = temporaryFolder();
vi.stubEnv('XDG_CACHE_HOME', cache);
afterEach(() => rmSync(cache, { recursive: true }));
const [here, other] = ['here', 'other'].map((key) => ({ key }) as Gpu);

test('a choice is kept for its adapter', () => {
  machineTuner(here).onChoice('matmul', 'tiles');
  machineTuner(here).onChoice('softmax', 'row');
  expect(machineTuner(here).table).toEqual({ matmul: 'tiles', softmax: 'row' });
  expect(machineTuner(other).table).toEqual({});
});

test('a damaged file is no file', () => {
  machineTuner(here).onChoice('matmul', 'tiles');
  writeFileSync(join(cache, 'direct-align-studio/kernels.json'), '{"he');
  expect(machineTuner(here).table).toEqual({});
  machineTuner(here).onChoice('softmax', 'row');
  expect(machineTuner(here).table).toEqual({ softmax: 'row' });
});
