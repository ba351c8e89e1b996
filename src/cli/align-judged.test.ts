/** @file `studio align` with a judge beside the run: what it says of every grid, and where it ends the run. */
import { cpSync, readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { readLora } from '../lora/lora-file';
import { alignTests, type Moment } from './testing/align';
import { damagedNano, put, SMALL_RUN } from './testing/harness';

const { at, align, alignWith, metricsOf, resultsOf } = alignTests();
const STEPS = 5;

/** nano, judged by mini-flux's judge. */
function judgedNano(): string {
  return damagedNano(at('judged-nano'), (file) => {
    cpSync('public/bundles/mini-flux/judge', file('judge'), { recursive: true });
    put(file('bundle.json'), { ...JSON.parse(readFileSync(file('bundle.json'), 'utf8')), judge: 'judge' });
  });
}

describe('with a judge beside it', () => {
  const settings = { ...SMALL_RUN, steps: STEPS, samples: { every: 2, prompts: ['owl', 'tent'], seed: 99 } };
  const run = put(at('judged.json'), settings);
  let args: (out: string, file?: string) => string[];
  beforeAll(async () => {
    const bundle = judgedNano();
    args = (out, file = run) => ['--run', file, '--bundle', bundle, '--out', at(out)];
    const { code, stderr } = await align(...args('judged'));
    expect(code).toBe(0);
    // Pictures of random weights are like no real ones.
    expect(stderr).toMatch(/^Best step: 0, the base\. No kept step is within the limits[^\n]+\n$/);
  });

  it('what it says of every grid is a record of its own and columns of the update', () => {
    const judgedOf = (step: number) => JSON.parse(readFileSync(at(`judged/samples/step-00000${step}.json`), 'utf8'));
    const columns = ['wanted', 'namedRight', 'quality', 'diversity', 'gauge'];
    for (const step of [0, 2, 4, STEPS]) expect(Object.keys(judgedOf(step))).toEqual(['step', ...columns]);
    const metrics = metricsOf('judged');
    expect(metrics.map(({ bestStep }) => bestStep)).toEqual([undefined, 0, undefined, 0, 0]);
    for (const line of metrics.filter(({ bestStep }) => bestStep === 0)) {
      const { step, ...numbers } = judgedOf(line.step as number);
      expect(line).toMatchObject(numbers);
      expect(numbers.quality).toBeGreaterThan(0);
      expect(numbers.gauge).toBeGreaterThan(0);
    }
  });

  it('killed around a judged grid and resumed, it ends with the same bytes', async () => {
    const moments: Omit<Moment, 'signal'>[] = [
      { call: 'renameSync', path: '/step-000000.json', time: 1 },
      { call: 'renameSync', path: '/step-000002.json', time: 1 },
      { call: 'renameSync', path: '/step-000002.png', time: 1, before: true },
      { call: 'renameSync', path: '/step-000004.png', time: 1 },
    ];
    for (const moment of moments) {
      const { stderr } = await alignWith({ ...moment, signal: 'SIGKILL' }, ...args('judged-killed'), '--resume');
      expect(stderr, JSON.stringify(moment)).toMatch(/^The program was ended by SIGKILL/);
    }
    expect((await align(...args('judged-killed'), '--resume')).code).toBe(0);
    const read = (folder: string, name: string) => readFileSync(at(folder, name), 'utf8');
    expect(metricsOf('judged-killed')).toEqual(metricsOf('judged'));
    expect(resultsOf('judged-killed')).toEqual(resultsOf('judged'));
    for (const step of [0, 2, 4, STEPS]) {
      const name = `samples/step-00000${step}.json`;
      expect(read('judged-killed', name)).toBe(read('judged', name));
    }
  });

  it('stop: "hacked" ends it after two grids beyond the limits, and a resume finds it finished', async () => {
    const stopping = put(at('stopping.json'), { ...settings, stop: 'hacked' });
    const { code, stderr } = await align(...args('stopped', stopping));
    expect(code).toBe(0);
    expect(stderr).toMatch(/^Stopped after 4 of 5 updates: the reward is being hacked\. Best step: 0, the base\./);
    expect(metricsOf('stopped').map(({ step }) => step)).toEqual([1, 2, 3, 4]);
    const lora = readFileSync(at('stopped/lora/pytorch_lora_weights.safetensors'));
    expect(readLora(new Uint8Array(lora), 'stopped').step).toBe(4);
    const again = await align(...args('stopped', stopping), '--resume');
    expect(again.stderr).toBe(`${at('stopped')} is finished: 4 updates.\n`);
  });
});
