/**
 * @file Runs once around the unit tests. Without a WebGPU adapter they fail, because skipped GPU tests prove nothing.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Gpu } from '../src/gpu/gpu';
import { openNodeGpu } from '../src/gpu/node';
import { keepCompiledKernels } from './compiled-kernels.mjs';

export default async function prepareTests(): Promise<() => void> {
  const gpu = await Gpu.open(await openNodeGpu());
  gpu.destroy();
  const cache = mkdtempSync(join(tmpdir(), 'studio-test-cache-'));
  process.env.XDG_CACHE_HOME = cache;
  keepCompiledKernels();
  return () => rmSync(cache, { recursive: true });
}
