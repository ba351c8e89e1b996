/** @file `node scripts/lessons.mjs [words | cost | measured | runs | own]`: makes the data of lessons anew (src/lesson-data/main.ts). */
import { buildNode } from './build-node.mjs';
import { runProgram } from './run-program.mjs';
import { ensureAdapter, ensurePackages, runScript } from './setup.mjs';

await runScript(async () => {
  await ensurePackages();
  await ensureAdapter();
  return runProgram(await buildNode('lessons', 'src/lesson-data/main.ts'), process.argv.slice(2));
});
