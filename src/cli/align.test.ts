/**
 * @file `studio align` as users run it: the real program, killed and resumed, and what it leaves in the folder.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { decodePng } from '../formats/png';
import { readLora } from '../lora/lora-file';
import { put, SMALL_RUN, temporaryFolder } from './testing/harness';

const studio = fileURLToPath(new URL('../../scripts/studio.mjs', import.meta.url));
const temporary = temporaryFolder();
afterAll(() => rmSync(temporary, { recursive: true }));
const at = (...names: string[]) => join(temporary, ...names);
const STEPS = 5;
const runFile = put(at('run.json'), { ...SMALL_RUN, steps: STEPS });

interface Ended {
  code: number | null;
  stdout: string;
  stderr: string;
}

/** Starts `studio align`; kernel choices go to a cache of these tests' own. */
function start(...args: string[]): { child: ChildProcess; end: Promise<Ended> } {
  const env = { ...process.env, XDG_CACHE_HOME: at('cache') };
  const child = spawn(process.execPath, [studio, 'align', ...args], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  const output = { stdout: '', stderr: '' };
  child.stdout!.on('data', (text) => {
    output.stdout += text;
  });
  child.stderr!.on('data', (text) => {
    output.stderr += text;
  });
  return { child, end: new Promise((resolve) => child.on('close', (code) => resolve({ code, ...output }))) };
}

const align = (...args: string[]) => start(...args).end;

/** Kills the program as soon as `moment` is there; what it was doing then is lost. */
async function killedAt(moment: () => boolean, ...args: string[]): Promise<void> {
  const { child, end } = start(...args);
  await expect.poll(moment, { timeout: 60_000, interval: 2 }).toBe(true);
  child.kill('SIGKILL');
  await end;
}

const metricsOf = (folder: string): Record<string, unknown>[] =>
  readFileSync(at(folder, 'metrics.jsonl'), 'utf8')
    .trim()
    .split('\n')
    .map((line) => {
      const { seconds, ...rest } = JSON.parse(line);
      expect(seconds).toBeGreaterThan(0);
      return rest;
    });

/** Every result that must not depend on where a run was interrupted. */
function resultsOf(folder: string): Record<string, string> {
  const names = readdirSync(at(folder), { recursive: true, encoding: 'utf8' });
  const kept = names.filter((name) => /\.(safetensors|png)$|^run\.json$/.test(name)).sort();
  return Object.fromEntries(kept.map((name) => [name, readFileSync(at(folder, name)).toString('base64')]));
}

const loraIn = (folder: string) =>
  readLora(new Uint8Array(readFileSync(at(folder, 'lora/pytorch_lora_weights.safetensors'))), folder);

const linesIn = (folder: string) =>
  existsSync(at(folder, 'metrics.jsonl'))
    ? readFileSync(at(folder, 'metrics.jsonl'), 'utf8').split('\n').length - 1
    : 0;

describe('align on the nano bundle', () => {
  beforeAll(async () => {
    const { code, stdout, stderr } = await align('--run', runFile, '--out', at('whole'));
    expect({ code, stdout, stderr }).toEqual({ code: 0, stdout: `${at('whole')}\n`, stderr: '' });
  });

  it('leaves metrics, samples, kept LoRAs, timeline, before and after, and a LoRA', () => {
    const metrics = metricsOf('whole');
    expect(metrics.map((m) => m.step)).toEqual([1, 2, 3, 4, 5]);
    const keys = 'step sigmaIndex sigma rewardDenoise rewardInversion lossDenoise lossInversion gradNorm saturation';
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
    await killedAt(() => existsSync(at('killed/run.json')), ...args);
    await killedAt(() => linesIn('killed') === 1, ...args);
    await killedAt(() => linesIn('killed') === 3, ...args);
    await killedAt(() => existsSync(at('killed/timeline.png')), ...args);
    const { code } = await align(...args);
    expect(code).toBe(0);
    expect(metricsOf('killed')).toEqual(metricsOf('whole'));
    expect(resultsOf('killed')).toEqual(resultsOf('whole'));
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

  it('Ctrl-C saves and prints the command that resumes', async () => {
    const { child, end } = start('--run', runFile, '--out', at('interrupted'));
    await expect.poll(() => linesIn('interrupted'), { timeout: 60_000, interval: 2 }).toBeGreaterThanOrEqual(1);
    child.kill('SIGINT');
    const { code, stderr } = await end;
    expect(code).toBe(130);
    expect(stderr).toMatch(/Saved after \d of 5 updates\. Go on with: npm run -s studio -- align .*--resume\n$/);
  });
});
