/**
 * @file Runs once around the unit tests. Without a WebGPU adapter they fail, because skipped GPU tests prove nothing.
 */
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Gpu } from '../src/gpu/gpu';
import { openNodeGpu } from '../src/gpu/node';

export default async function prepareTests(): Promise<() => void> {
  const gpu = await Gpu.open(await openNodeGpu());
  gpu.destroy();
  const cache = mkdtempSync(join(tmpdir(), 'studio-test-cache-'));
  process.env.XDG_CACHE_HOME = cache;
  // What lavapipe has compiled for one test file or program it need not compile for the next, which may have a cache of its own.
  process.env.MESA_SHADER_CACHE_DIR = cache;
  return () => {
    // For the checks in Python that follow in `npm test`.
    cpSync(cache, 'test-results/cache', { recursive: true });
    rmSync(cache, { recursive: true });
  };
}
