/** @file `npm run fuzz [-- --seconds N]`: tries damaged files of every kind on their readers. */
import { buildNode } from './build-node.mjs';
import { runProgram } from './run-program.mjs';
import { ensurePackages, runScript } from './setup.mjs';

await runScript(async () => {
  await ensurePackages();
  return runProgram(await buildNode('fuzz', 'src/fuzz/main.ts'), process.argv.slice(2));
});
