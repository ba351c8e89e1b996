/** @file `npm run bench`: measures the engine on the adapter found. */
import { helpOf, parseFlags } from '../src/cli/args';
import { openPipeline } from '../src/cli/device';
import { openCheckedModel } from '../src/cli/inputs';
import { clearProgress, print, runMain, showProgress } from '../src/cli/terminal';
import { COMMON_FLAGS } from '../src/cli/verb';
import { benchMethods } from './methods';
import { benchProfile, benchTables } from './report';

const flags = {
  ...COMMON_FLAGS,
  json: { kind: 'switch', help: 'print JSON only' },
  quick: { kind: 'switch', help: 'fewer shapes and rounds' },
  profile: {
    kind: 'switch',
    help: 'the time by shader and part of one rollout step and of both branches, instead of the table',
  },
  methods: {
    kind: 'switch',
    help: 'every method side by side: seconds, transformer calls and memory of an update, as Markdown',
  },
  batch: { kind: 'integer', value: 'N', min: 1, max: 256, help: 'pictures an update, with --methods (default 2)' },
} as const;

await runMain(async () => {
  const args = process.argv.slice(2);
  if (args.includes('--help') || args.includes('-h')) {
    print(helpOf('npm run bench -- [flags]', 'measure the engine on the adapter found', flags));
    return 0;
  }
  const { flags: f } = parseFlags(args, flags);
  const pipeline = await openPipeline(await openCheckedModel(f.bundle, f), f.adapter);
  const json = !!f.json;
  const quick = !!f.quick;
  const text = f.methods
    ? await benchMethods(pipeline, { json, quick, batch: f.batch ?? 2 }, showProgress)
    : f.profile
      ? await benchProfile(pipeline, json)
      : await benchTables(pipeline, { json, quick }, showProgress);
  clearProgress();
  print(text);
  return 0;
});
