/**
 * @file Runs once around the unit tests. Without a WebGPU adapter they fail, because skipped GPU tests prove nothing.
 * Their cache folder begins with the kernel choices of kernels.json.
 */
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Gpu } from '../src/gpu/gpu';
import { openNodeGpu } from '../src/gpu/node';
import { keepMeasured, kernelsOf } from './kernels.mjs';

export default async function prepareTests(): Promise<() => void> {
  const gpu = await Gpu.open(await openNodeGpu());
  const { key, description } = gpu;
  gpu.destroy();
  const cache = mkdtempSync(join(tmpdir(), 'studio-test-cache-'));
  const file = join(cache, 'direct-align-studio/kernels.json');
  mkdirSync(join(file, '..'), { recursive: true });
  // A graphics card chooses for itself.
  writeFileSync(file, JSON.stringify(description.software ? { [key]: kernelsOf(key) } : {}));
  process.env.XDG_CACHE_HOME = cache;
  // What lavapipe has compiled for one test file or program it need not compile for the next, which may have a cache of its own.
  process.env.MESA_SHADER_CACHE_DIR = cache;
  return () => {
    keepMeasured(JSON.parse(readFileSync(file, 'utf8')));
    // For the checks in Python that follow in `npm test`.
    cpSync(cache, 'test-results/cache', { recursive: true });
    rmSync(cache, { recursive: true });
  };
}
