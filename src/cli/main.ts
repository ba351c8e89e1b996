/** @file The headless program: the engine in Node, one verb a job. Run with `npm run -s studio -- VERB …`. */
import { UserError } from '../errors';
import { align } from './align';
import { helpOf } from './args';
import { encode } from './encode';
import { evaluate } from './evaluate';
import { generate } from './generate';
import { info } from './info';
import { perceive } from './perceive';
import { probe } from './probe';
import { record } from './record';
import { reproduce } from './reproduce';
import { print, runMain } from './terminal';
import type { Verb } from './verb';

const verbs: readonly Verb[] = [generate, align, probe, evaluate, perceive, record, info, encode, reproduce];

const help = `Direct-Align Studio: align a diffusion model with a reward.

Usage: npm run -s studio -- VERB [flags]

${verbs.map(({ name, does }) => `  ${name.padEnd(10)}${does}`).join('\n')}

Flags of a verb: npm run -s studio -- VERB --help
`;

await runMain(async () => {
  const [name, ...args] = process.argv.slice(2);
  if (name === undefined || name === '--help' || name === '-h' || name === 'help') {
    print(help);
    return 0;
  }
  const verb = verbs.find((v) => v.name === name);
  if (!verb) throw new UserError(`Unknown verb "${name}": expected one of ${verbs.map((v) => v.name).join(', ')}.`);
  if (args.includes('--help') || args.includes('-h')) {
    print(helpOf(`npm run -s studio -- ${verb.name} ${verb.usage}`, verb.does, verb.flags));
    return 0;
  }
  return verb.run(args);
});
