/** @file What a reward's folder makes of pictures and texts, for tools/reference/check_clip.py. */
import { buildNode } from './build-node.mjs';
import { runProgram } from './run-program.mjs';
import { ensureAdapter, ensurePackages, runScript } from './setup.mjs';

await runScript(async () => {
  await ensurePackages();
  const program = await buildNode('score-pictures', 'src/cli/score-pictures.ts');
  await ensureAdapter();
  return runProgram(program, process.argv.slice(2));
});
