/** @file `studio evaluate` on nano, with mini-flux's judge and without: what it writes, twice the same, and wrong input. */
import { cpSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseEvaluation } from '../formats/evaluation';
import { decodePng } from '../formats/png';
import { readLora } from '../lora/lora-file';
import { writeLora } from '../lora/write';
import { parseRunFile } from '../methods/run-file';
import { evaluate } from './evaluate';
import { damagedNano, NANO, ownCache, put, runVerb, SMALL_RUN, temporaryFolder } from './testing/harness';

process.env.XDG_CACHE_HOME = ownCache();
const temporary = temporaryFolder();
afterAll(() => rmSync(temporary, { recursive: true }));
const at = (...names: string[]) => join(temporary, ...names);
const GOLDEN = 'tools/reference/golden/nano/lora.safetensors';

/** nano, judged by mini-flux's judge. */
function judgedNano(): string {
  return damagedNano(at('judged'), (file) => {
    cpSync('public/bundles/mini-flux/judge', file('judge'), { recursive: true });
    put(file('bundle.json'), { ...JSON.parse(readFileSync(file('bundle.json'), 'utf8')), judge: 'judge' });
  });
}

/** The golden LoRA as a run leaves it, with its run file. */
function trainedLora(path: string): string {
  const file = readLora(new Uint8Array(readFileSync(GOLDEN)), GOLDEN);
  const reward = { positive: ['3d render'], negative: ['neon sign'] };
  const run = parseRunFile({ ...SMALL_RUN, prompts: ['cat face', 'fox'], reward });
  return put(path, writeLora({ ...file, run, step: 10 }));
}

const read = (folder: string, name: string) => readFileSync(join(folder, name));
const evaluationIn = (folder: string) => {
  const path = join(folder, 'evaluation.json');
  return parseEvaluation(JSON.parse(readFileSync(path, 'utf8')), path);
};

describe('with a judge', () => {
  const lora = trainedLora(at('runs/one/adapters/step-000010.safetensors'));
  const args = (out: string, ...more: string[]) => [
    ...['--bundle', at('judged'), '--lora', lora, '--lora', lora, '--strength', '0.5'],
    ...['--prompts', 'red apple', 'owl', 'no name', '--seeds', '2', '--steps', '2', '--out', at(out), ...more],
    // Drawn by the first evaluation, read by the second.
    ...['--keep-base', at('base.safetensors')],
  ];
  let printed: string;
  beforeAll(async () => {
    judgedNano();
    const { code, stdout, error } = await runVerb(evaluate, args('first'));
    expect({ code, error }).toEqual({ code: 0, error: undefined });
    printed = stdout;
  });

  it('measures base and LoRAs with intervals, and prints the table that it writes', () => {
    const evaluation = evaluationIn(at('first'));
    expect(evaluation.sides.map(({ name }) => name)).toEqual(['base', 'one step 10', 'one step 10 × 0.5']);
    expect(evaluation).toMatchObject({ seeds: 2, steps: 2, guidance: 3.5, wantedStyles: ['3d'], resamples: 1000 });
    expect(evaluation.words).toEqual({ positive: ['3d render'], negative: ['neon sign'] });
    const [base, ...loras] = evaluation.sides;
    expect(base).toMatchObject({ lora: null, difference: null });
    expect(loras.map(({ lora }) => [lora!.strength, lora!.step])).toEqual([
      [1, 10],
      [0.5, 10],
    ]);
    for (const { measures } of evaluation.sides) {
      const styles = Object.entries(measures).filter(([name]) => name.startsWith('style.'));
      expect(styles).toHaveLength(10);
      expect(styles.reduce((sum, [, share]) => sum + share!.value, 0)).toBeCloseTo(1, 4);
      expect(measures.wanted!.value).toBe(measures['style.3d']!.value);
      for (const name of ['quality', 'saturation', 'edgeDensity', 'diversity', 'gauge', 'namedRight', 'namedTop5']) {
        const { value, low, high } = measures[name]!;
        expect(low <= value && value <= high, name).toBe(true);
      }
      for (const text of ['prompt', 'wanted', 'unwanted']) expect(measures[`reward.clip.${text}`]).not.toBeNull();
      expect(measures['reward.aesthetic.wanted']).toBeUndefined();
    }
    const difference = loras[0].difference!.saturation!;
    const [a, b] = [loras[0].measures.saturation!.value, base.measures.saturation!.value];
    expect(difference.value).toBeCloseTo(a - b, 5);
    // A LoRA at half its strength is not the LoRA.
    expect(loras[1].measures.saturation).not.toEqual(loras[0].measures.saturation);
    expect(printed).toBe(read(at('first'), 'evaluation.md').toString());
    for (const label of ['wanted style', 'named right', 'hacking gauge', 'clip, wanted words', 'judged “sepia”']) {
      expect(printed).toContain(`| ${label} `);
    }
    const { width, height } = decodePng(read(at('first'), 'grid.png'), 'grid.png');
    expect(Math.min(width, height)).toBeGreaterThan(200);
  });

  it('writes the same bytes again', async () => {
    expect((await runVerb(evaluate, args('first'))).error).toContain('--force');
    expect((await runVerb(evaluate, args('second'))).stdout).toBe(printed);
    for (const name of ['evaluation.json', 'evaluation.md', 'grid.png']) {
      expect(read(at('second'), name).equals(read(at('first'), name)), name).toBe(true);
    }
  });

  it('takes the words of the bundle that the run has not seen', async () => {
    const short = ['--bundle', at('judged'), '--lora', lora, '--seeds', '1', '--steps', '1', '--out', at('held-out')];
    expect((await runVerb(evaluate, short)).code).toBe(0);
    const { prompts, sides } = evaluationIn(at('held-out'));
    const words = readFileSync(`${NANO}/words.txt`, 'utf8')
      .split(/[;\n]/)
      .map((word) => word.trim());
    expect(prompts).toEqual(words.filter((word) => word && word !== 'cat face' && word !== 'fox'));
    // One picture of a prompt is not different from itself.
    expect(sides[0].measures.diversity).toBeNull();
  });
});

it('a bundle without a judge says so and measures what needs none; prompts, words and steps come from files', async () => {
  const run = put(at('run.json'), { ...SMALL_RUN, rollout: { steps: 1, guidance: 2 } });
  const prompts = put(at('prompts.txt'), 'owl\r\n\n  red apple \n');
  const args = ['--bundle', NANO, '--run', run, '--prompts-file', prompts, '--seeds', '2', '--out', at('bare')];
  const { code, stdout } = await runVerb(evaluate, args);
  expect(code).toBe(0);
  expect(stdout).toContain('Bundle nano has no judge');
  const { judge, prompts: drawn, steps, guidance, sides, words } = evaluationIn(at('bare'));
  expect({ judge, drawn, steps, guidance }).toEqual({
    judge: null,
    drawn: ['owl', 'red apple'],
    steps: 1,
    guidance: 2,
  });
  expect(words!.positive).toEqual(['3d render']);
  const names = Object.keys(sides[0].measures);
  expect(names.slice(0, 4)).toEqual(['saturation', 'edgeDensity', 'diversity', 'reward.clip.prompt']);
  expect(sides[0].measures.diversity!.value).toBeGreaterThan(0);
});

it.each<[string, string[], RegExp]>([
  ['no --out', [], /needs --out DIR/],
  ['two kinds of prompts', ['--prompts', 'a', '--prompts-file', 'b', '--out', at('x')], /exclude each other/],
  ['an empty prompt', ['--prompts', ' ', '--out', at('x')], /empty prompt/],
  ['an empty file of prompts', ['--prompts-file', put(at('empty.txt'), '\n'), '--out', at('x')], /holds no prompt/],
  ['a strength of no LoRA', ['--strength', '1', '--out', at('x')], /--strength needs a --lora before it/],
  [
    'two strengths of a LoRA',
    ['--lora', 'a', '--strength', '1', '--strength', '2', '--out', at('x')],
    /--strength was given twice for --lora "a"/,
  ],
  ['a LoRA that is not there', ['--lora', at('none'), '--out', at('x')], /does not exist/],
  ['no seed', ['--seeds', '0', '--out', at('x')], /--seeds is "0", expected an integer from 1/],
  ['a place in the bundle', ['--bundle', NANO, '--prompts', 'a', '--out', `${NANO}/x`], /lies in the bundle/],
])('%s is one sentence', async (_, args, sentence) => {
  const { code, stdout, error } = await runVerb(evaluate, args);
  expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
  expect(error).toMatch(sentence);
});
