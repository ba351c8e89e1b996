/** @file The headless program: the engine in Node, one verb a job. Run with `npm run -s studio -- VERB …`. */
import { UserError } from '../errors';
import { runMain } from './terminal';

/** What each verb does, in the order of the help. */
const verbs: Record<string, string> = {
  generate: 'draw pictures for prompts, with an adapter or without',
  align: 'train a LoRA adapter with a reward (the main job)',
  probe: 'compute one alignment step without an update, with every gradient',
  evaluate: 'score an adapter against the base',
  info: 'show what a bundle or an adapter file holds, or which GPU was found',
};

const help = `Direct-Align Studio: align a diffusion model with a reward.

Usage: npm run -s studio -- VERB [flags]

${Object.entries(verbs)
  .map(([verb, does]) => `  ${verb.padEnd(10)}${does}`)
  .join('\n')}

Flags of a verb: npm run -s studio -- VERB --help
`;

await runMain(async () => {
  const [verb] = process.argv.slice(2);
  if (verb === undefined || verb === '--help' || verb === '-h' || verb === 'help') {
    process.stdout.write(help);
    return 0;
  }
  if (!Object.hasOwn(verbs, verb)) {
    throw new UserError(`Unknown verb "${verb}": expected one of ${Object.keys(verbs).join(', ')}.`);
  }
  throw new UserError(`The verb "${verb}" is not there yet.`);
});
