/**
 * @file Runs once around the unit tests. Without a WebGPU adapter they fail, because skipped GPU tests prove nothing.
 */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Gpu } from '../src/gpu/gpu';
import { openNodeGpu } from '../src/gpu/node';

export default async function prepareTests(): Promise<() => void> {
  const gpu = await Gpu.open(await openNodeGpu());
  gpu.destroy();
  const cache = mkdtempSync(join(tmpdir(), 'studio-test-cache-'));
  process.env.XDG_CACHE_HOME = cache;
  // As in `npm test`: what lavapipe has compiled once it need not compile again.
  process.env.MESA_SHADER_CACHE_DIR ??= join(process.cwd(), '.cache/drivers');
  mkdirSync(process.env.MESA_SHADER_CACHE_DIR, { recursive: true });
  return () => rmSync(cache, { recursive: true });
}
