/** @file Where lavapipe keeps the kernels that it has compiled, so that neither the next test file nor the next run compiles them again. */
import { mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Names the folder to this process and to those that it starts, unless the environment names one. */
export function keepCompiledKernels() {
  process.env.MESA_SHADER_CACHE_DIR ||= join(dirname(fileURLToPath(import.meta.url)), '../.cache/drivers');
  mkdirSync(process.env.MESA_SHADER_CACHE_DIR, { recursive: true });
}
