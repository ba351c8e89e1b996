/**
 * @file `studio align` as users run it: the real program, killed and resumed, and what it leaves in the folder.
 */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { decodePng } from '../formats/png';
import { parseRecording } from '../formats/recording';
import { readLora } from '../lora/lora-file';
import { record } from './record';
import { alignTests, type Moment } from './testing/align';
import { NANO, put, runVerb, SMALL_RUN } from './testing/harness';

const { at, align, alignWith, metricsOf, resultsOf } = alignTests();
const STEPS = 5;
const runFile = put(at('run.json'), { ...SMALL_RUN, steps: STEPS });

const loraIn = (folder: string) =>
  readLora(new Uint8Array(readFileSync(at(folder, 'lora/pytorch_lora_weights.safetensors'))), folder);

describe('align on the nano bundle', () => {
  beforeAll(async () => {
    const { code, stdout, stderr } = await align('--run', runFile, '--out', at('whole'));
    expect({ code, stdout, stderr }).toEqual({ code: 0, stdout: `${at('whole')}\n`, stderr: '' });
  });

  it('leaves metrics, samples, kept LoRAs, timeline, before and after, and a LoRA', () => {
    const metrics = metricsOf('whole');
    expect(metrics.map((m) => m.step)).toEqual([1, 2, 3, 4, 5]);
    const own = 'sigmaIndex sigma rewardDenoise rewardInversion lossDenoise lossInversion';
    const keys = `step plan reward loss ${own} gradNorm saturation`;
    for (const m of metrics) expect(Object.keys(m)).toEqual([...keys.split(' '), 'positive', 'negative']);
    const names = Object.keys(resultsOf('whole'));
    for (const step of ['000000', '000002', '000004', '000005']) expect(names).toContain(`samples/step-${step}.png`);
    for (const step of ['000002', '000004']) expect(names).toContain(`adapters/step-${step}.safetensors`);
    for (const sheet of ['timeline.png', 'before-after.png']) {
      const { width, height } = decodePng(readFileSync(at('whole', sheet)), sheet);
      expect(Math.min(width, height)).toBeGreaterThan(64);
    }
    const lora = loraIn('whole');
    expect(lora.step).toBe(STEPS);
    expect(existsSync(at('whole/run.lock'))).toBe(false);
  });

  it('killed again and again and resumed, it ends with the same bytes and one metrics line an update', async () => {
    const args = ['--run', runFile, '--out', at('killed'), '--resume'];
    const moments: Omit<Moment, 'signal'>[] = [
      { call: 'renameSync', path: '/run.json', time: 1 },
      // Between an update's metrics line and its snapshot, twice in the same update.
      { call: 'appendFileSync', path: '/metrics.jsonl', time: 1 },
      { call: 'appendFileSync', path: '/metrics.jsonl', time: 1 },
      // Two updates on, with the snapshot written but not yet in its place.
      { call: 'renameSync', path: '/snapshot.safetensors', time: 2, before: true },
      // Between a snapshot and the LoRA to be kept with it.
      { call: 'renameSync', path: '/step-000004.safetensors', time: 1, before: true },
      { call: 'renameSync', path: '/timeline.png', time: 1 },
    ];
    for (const moment of moments) {
      const { stderr } = await alignWith({ ...moment, signal: 'SIGKILL' }, ...args);
      expect(stderr, JSON.stringify(moment)).toMatch(/^The program was ended by SIGKILL/);
    }
    const { code } = await align(...args);
    expect(code).toBe(0);
    expect(metricsOf('killed')).toEqual(metricsOf('whole'));
    expect(resultsOf('killed')).toEqual(resultsOf('whole'));
  });

  it('killed between an update and its snapshot, a run that draws with its old LoRA ends with the same bytes', async () => {
    const own = { method: 'nft', options: { group: 2, times: 2 }, rollout: { steps: 3 }, batch: 2, steps: 3 };
    const nft = put(at('nft.json'), { ...SMALL_RUN, ...own });
    expect((await align('--run', nft, '--out', at('nft'))).code).toBe(0);
    const args = ['--run', nft, '--out', at('nft-killed')];
    const { stderr } = await alignWith(
      { signal: 'SIGKILL', call: 'appendFileSync', path: '/metrics.jsonl', time: 2 },
      ...args,
    );
    expect(stderr).toMatch(/^The program was ended by SIGKILL/);
    expect(metricsOf('nft-killed').map((m) => m.step)).toEqual([1, 2]);
    expect((await align(...args, '--resume')).code).toBe(0);
    expect(metricsOf('nft-killed')).toEqual(metricsOf('nft'));
    expect(resultsOf('nft-killed')).toEqual(resultsOf('nft'));
  });

  it('a line too many and half a line are cut off on resume', async () => {
    const { code } = await align('--run', runFile, '--out', at('lines'), '--steps', '2');
    expect(code).toBe(0);
    const lines = readFileSync(at('lines/metrics.jsonl'), 'utf8');
    writeFileSync(at('lines/metrics.jsonl'), `${lines}{"step":3}\n{"st`);
    // The lock of a process that is dead does not block.
    put(at('lines/run.lock'), { pid: 2 ** 22 + 1, started: '1' });
    expect((await align('--out', at('lines'), '--resume', '--steps', String(STEPS))).code).toBe(0);
    expect(metricsOf('lines')).toEqual(metricsOf('whole'));
    expect(loraIn('lines').tensors).toEqual(loraIn('whole').tensors);
  });

  it('a finished run is left as it is, with or without --resume', async () => {
    const before = resultsOf('whole');
    const again = await align('--run', runFile, '--out', at('whole'), '--resume');
    expect(again).toEqual({ code: 0, stdout: `${at('whole')}\n`, stderr: `${at('whole')} is finished: 5 updates.\n` });
    const refused = await align('--run', runFile, '--out', at('whole'));
    expect(refused.code).toBe(1);
    expect(refused.stderr).toMatch(/^[^\n]+--resume to go on[^\n]*\n$/);
    const changed = put(at('changed.json'), { ...SMALL_RUN, steps: STEPS, seed: 8 });
    const other = await align('--run', changed, '--out', at('whole'), '--resume');
    expect(other).toMatchObject({ code: 1, stdout: '', stderr: expect.stringContaining('"seed"') });
    expect(resultsOf('whole')).toEqual(before);
  });

  it.each<[string, Omit<Moment, 'signal'>, number]>([
    ['before the first update', { call: 'renameSync', path: '/run.json', time: 1 }, 0],
    ['while the first samples are drawn', { call: 'renameSync', path: '/snapshot.safetensors', time: 1 }, 0],
    ['in an update', { call: 'appendFileSync', path: '/metrics.jsonl', time: 1 }, 1],
    ['between updates', { call: 'renameSync', path: '/step-000002.png', time: 1 }, 2],
    ['while the final pictures are drawn', { call: 'renameSync', path: '/timeline.png', time: 1 }, STEPS],
  ])('Ctrl-C %s ends with code 130 and the command that resumes to the same bytes', async (when, moment, done) => {
    const name = when.replaceAll(' ', '-');
    const { code, stdout, stderr } = await alignWith(
      { ...moment, signal: 'SIGINT' },
      '--run',
      runFile,
      '--out',
      at(name),
    );
    const command = `npm run -s studio -- align --run ${runFile} --out ${at(name)} --resume`;
    expect(stderr.replace('Stopping after this update …\n', '')).toBe(
      `Saved after ${done} of ${STEPS} updates. Go on with: ${command}\n`,
    );
    expect({ code, stdout }).toEqual({ code: 130, stdout: '' });
    expect(existsSync(at(name, 'run.lock'))).toBe(false);
    expect((await align(...command.split(' ').slice(6))).code).toBe(0);
    expect(metricsOf(name)).toEqual(metricsOf('whole'));
    expect(resultsOf(name)).toEqual(resultsOf('whole'));
  });

  it('record draws what the run kept, from the first step to the last, and leaves recordings that exist alone', async () => {
    const args = ['--from', at('whole'), '--out', at('recording'), '--bundle', NANO];
    expect(await runVerb(record, args)).toEqual({ code: 0, stdout: `${at('recording')}\n` });
    const recording = parseRecording(JSON.parse(readFileSync(at('recording/recording.json'), 'utf8')));
    expect(recording.frames.map(({ step }) => step)).toEqual([0, 2, 4, STEPS]);
    const sheets = recording.frames.map(({ sheet }) => readFileSync(at('recording', sheet)).toString('base64'));
    expect(new Set(sheets).size).toBe(4);
    const { width, height } = decodePng(readFileSync(at('recording', recording.frames[0].sheet)), 'frame');
    expect([width, height]).toEqual([48 * 13, 48 * 3]);
    const begun = [...args.slice(0, 2), '--out', at('begun'), '--bundle', NANO, '--steps', '4', '--every', '3'];
    expect((await runVerb(record, begun)).code).toBe(0);
    const short = parseRecording(JSON.parse(readFileSync(at('begun/recording.json'), 'utf8')));
    expect([short.frames.map(({ step }) => step), short.metrics.length]).toEqual([[0, 4], 4]);
    expect(short.run).toMatchObject({ steps: 4 });
    const { length } = begun;
    const between = await runVerb(record, [...begun.slice(0, length - 3), '3', '--force']);
    expect(between.error).toBe(`--steps is 3, expected one of the steps whose LoRA was kept: 2, 4, ${STEPS}.`);
    const pictures = [...recording.frames, ...recording.samples].map(({ sheet }) => sheet);
    expect(readdirSync(at('recording')).sort()).toEqual(['recording.json', ...pictures].sort());
    expect((await runVerb(record, args)).error).toMatch(/already holds results \(frame-000000.png\)/);
  });

  it('samples are of words that the run does not train on, unless it names others, and a resume takes them as they were', async () => {
    const open = put(at('open.json'), { ...SMALL_RUN, steps: 1, samples: { every: 1 } });
    const args = ['--run', open, '--out', at('open')];
    const moment = { signal: 'SIGKILL', call: 'renameSync', path: '/snapshot.safetensors', time: 1 } as const;
    expect((await alignWith(moment, ...args)).stderr).toMatch(/^The program was ended by SIGKILL/);
    const { samples, prompts } = JSON.parse(readFileSync(at('open/run.json'), 'utf8'));
    expect(samples.prompts.length).toBeGreaterThan(4);
    expect(samples.prompts.filter((prompt: string) => prompts.includes(prompt))).toEqual([]);
    expect(await align(...args, '--resume')).toMatchObject({ code: 0, stderr: '' });
    expect(loraIn('open').run!.samples.prompts).toEqual(samples.prompts);
  });

  it('two on one folder: one trains, the other is told', async () => {
    const both = ['--run', runFile, '--out', at('two')];
    const ended = await Promise.all([align(...both), align(...both)]);
    const [done, refused] = ended.sort((a, b) => a.code! - b.code!);
    expect(done).toMatchObject({ code: 0, stderr: '' });
    expect(refused.code).toBe(1);
    expect(refused.stderr).toMatch(/^(Another process \(\d+\) is at work in|\S+ already holds results) [^\n]+\n$/);
    expect(resultsOf('two')).toEqual(resultsOf('whole'));
  });
});
