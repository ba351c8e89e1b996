/** @file `npm run bench [-- --json]`: measures the engine on the adapter found. */
import { buildNode } from './build-node.mjs';
import { runProgram } from './run-program.mjs';
import { ensureAdapter, ensurePackages, runScript } from './setup.mjs';

await runScript(async () => {
  await ensurePackages();
  await ensureAdapter();
  return runProgram(await buildNode('bench', 'bench/main.ts'), process.argv.slice(2));
});
