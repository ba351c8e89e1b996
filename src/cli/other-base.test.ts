/** @file What was trained on another base, such as version 1 of mini-flux, is told by name, with what still works. */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeEach, expect, it, vi } from 'vitest';
import { openModel } from '../align/model';
import { loraExport, prepareRun } from '../align/trainer';
import { UserError } from '../errors';
import { dirSource } from '../formats/dir-source';
import { writeLora } from '../lora/write';
import { parseRunFile } from '../methods/run-file';
import { openBundle } from '../models/bundle';
import { align } from './align';
import { generate } from './generate';
import { info } from './info';
import { record } from './record';
import { RunFolder } from './run-folder';
import { message } from './terminal';
import { NANO, put, runVerb, SMALL_RUN, temporaryFolder } from './testing/harness';

vi.mock('../gpu/node', () => ({
  openNodeGpu: vi.fn(() => Promise.reject(new UserError('Here computing begins.'))),
  listNodeAdapters: vi.fn(),
}));
vi.mock('./terminal', async (original) => ({ ...(await original<object>()), message: vi.fn() }));
beforeEach(() => vi.mocked(message).mockClear());

const temporary = temporaryFolder();
afterAll(() => rmSync(temporary, { recursive: true }));

const VERSION_1 = '59eab2c3e08708f2b6c3a23a5cb1eafd2ad7ca2ae1c20a5d2ebfc25678ce829b';
const run = parseRunFile(SMALL_RUN);
const { layout, initial } = await prepareRun(await openModel(await openBundle(dirSource(NANO))), run);
const loraOn = (baseHash: string) => writeLora(loraExport(run, layout, initial, 2, baseHash));

/** A line of metrics.jsonl as it was in the days of version 1. */
const metricsOf = (step: number) =>
  JSON.stringify({
    ...{
      step,
      sigmaIndex: 500,
      sigma: 0.83,
      rewardDenoise: 0.1,
      rewardInversion: 0,
      lossDenoise: 0.3,
      lossInversion: 0.3,
    },
    ...{ gradNorm: 0.1, saturation: 0.2, positive: '3d render', negative: 'pencil sketch', seconds: 1 },
  });

/** The folder of a run that stopped after two updates on version 1. */
function runOfVersion1(name: string): string {
  const folder = new RunFolder(join(temporary, name));
  put(folder.file('run.json'), SMALL_RUN);
  put(folder.file('metrics.jsonl'), `${metricsOf(1)}\n${metricsOf(2)}\n`);
  put(folder.file('adapters/step-000002.safetensors'), loraOn(VERSION_1));
  const moments = { firstMoment: initial.slice(), secondMoment: initial.slice() };
  const words = { positive: run.reward.positive, negative: run.reward.negative };
  const rngState = Array(4).fill('00000001').join('-');
  const state = { step: 2, parameters: initial, ...moments, rngState, kernelVariants: {}, ...words };
  folder.writeSnapshot({ state, steps: 4, baseHash: VERSION_1, device: 'a device' });
  return folder.path;
}

it('a run of version 1 is not resumed on another base, and the sentence says what still works', async () => {
  const folder = runOfVersion1('resumed');
  const { code, error } = await runVerb(align, ['--out', folder, '--resume', '--bundle', NANO]);
  expect(code).toBe(1);
  expect(error).toMatch(/resumed was trained on mini-flux version 1, this is nano version 1: give that --bundle/);
  expect(error).toMatch(
    /begin anew with its run\.json\. Its samples and metrics stay; .* take its LoRA with --lora\.$/,
  );
  expect(error!.length).toBeLessThan(300);
});

it('a run of version 1 is not recorded with pictures of another base', async () => {
  const folder = runOfVersion1('recorded');
  const { error } = await runVerb(record, ['--from', folder, '--out', join(temporary, 'recording'), '--bundle', NANO]);
  expect(error).toMatch(/recorded was trained on mini-flux version 1, this is nano version 1: give the old base's/);
});

it.each<[string, (lora: string) => Promise<{ error?: string }>]>([
  [
    'generate',
    (lora) => runVerb(generate, ['--prompt', 'a', '--out', join(temporary, 'g'), '--bundle', NANO, '--lora', lora]),
  ],
  [
    'align',
    (lora) =>
      runVerb(align, [
        '--run',
        put(join(temporary, 'run.json'), SMALL_RUN),
        '--out',
        join(temporary, 'a'),
        '--lora',
        lora,
      ]),
  ],
])('%s uses a LoRA of version 1 with a warning, and one of this base or of unknown origin without', async (_, use) => {
  const lora = put(join(temporary, 'old.safetensors'), loraOn(VERSION_1));
  expect((await use(lora)).error).toBe('Here computing begins.');
  expect(vi.mocked(message).mock.calls).toEqual([
    [expect.stringMatching(/old\.safetensors was trained on mini-flux version 1, this is nano version 1: it fits/)],
  ]);
  vi.mocked(message).mockClear();
  const { hash } = await import('../models/bundle').then(async ({ baseOf }) =>
    baseOf(await openBundle(dirSource(NANO))),
  );
  await use(put(join(temporary, 'ours.safetensors'), loraOn(hash)));
  await use('tools/reference/golden/nano/lora.safetensors');
  expect(message).not.toHaveBeenCalled();
});

it('info names the base of a LoRA', async () => {
  const { stdout } = await runVerb(info, [put(join(temporary, 'old.safetensors'), loraOn(VERSION_1))]);
  expect(stdout).toMatch(/base +mini-flux version 1\n/);
});
