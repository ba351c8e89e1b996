/** @file `npm run bench [-- --json]`: the program's verb `bench`. */
import { buildNode } from './build-node.mjs';
import { runProgram } from './run-program.mjs';
import { ensureAdapter, ensurePackages, runScript } from './setup.mjs';

await runScript(async () => {
  await ensurePackages();
  await ensureAdapter();
  return runProgram(await buildNode('cli', 'src/cli/main.ts'), ['bench', ...process.argv.slice(2)]);
});
