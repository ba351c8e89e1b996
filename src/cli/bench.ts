/** @file `studio bench`, which is `npm run bench`: measures the engine on the adapter found. */
import { benchMethods } from '../../bench/methods';
import { benchProfile, benchTables } from '../../bench/report';
import { parseFlags } from './args';
import { openPipeline } from './device';
import { openCheckedModel } from './inputs';
import { clearProgress, print, showProgress } from './terminal';
import { COMMON_FLAGS, type Verb } from './verb';

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

export const bench: Verb = {
  name: 'bench',
  does: 'measure the engine on the adapter found',
  usage: '[flags]',
  flags,
  async run(args) {
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
  },
};
