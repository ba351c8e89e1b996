/** @file `npm run -s studio -- VERB …`: the headless program, with what it needs installed and built first. */
import { buildNode } from './build-node.mjs';
import { runProgram } from './run-program.mjs';
import { ensureAdapter, ensurePackages, runScript, SetupError } from './setup.mjs';

/** Verbs that compute; `info` also reads files, for which it needs no adapter. */
const COMPUTING = ['generate', 'align', 'probe', 'evaluate', 'perceive', 'info', 'record', 'reproduce'];

await runScript(async () => {
  const args = process.argv.slice(2);
  await ensurePackages();
  const program = await buildNode('cli', 'src/cli/main.ts');
  if (COMPUTING.includes(args[0]) && !args.includes('--help')) {
    try {
      await ensureAdapter();
    } catch (error) {
      // The program checks its input first and then says itself that there is no adapter.
      if (!(error instanceof SetupError)) throw error;
    }
  }
  return runProgram(program, args);
});
