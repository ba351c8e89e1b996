/**
 * @file Wrong input: one clear sentence, exit code 1, results untouched, also with --force, and no LoRA asked for.
 */
import { cpSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, expect, it, vi } from 'vitest';
import { openNodeGpu } from '../gpu/node';
import { align } from './align';
import { generate } from './generate';
import { info } from './info';
import { probe } from './probe';
import {
  contentOf,
  damagedNano,
  editHeader,
  NANO,
  put,
  putTensor,
  runVerb,
  SMALL_RUN,
  temporaryFolder,
} from './testing/harness';
import type { Verb } from './verb';

vi.mock('../gpu/node', () => ({ openNodeGpu: vi.fn(), listNodeAdapters: vi.fn() }));

const temporary = temporaryFolder();
afterAll(() => rmSync(temporary, { recursive: true }));
const at = (name: string) => join(temporary, name);

const TRANSFORMER = 'transformer/diffusion_pytorch_model.safetensors';
const noise = putTensor(at('noise.safetensors'), 'noise', [2, 9, 64]);
const runFile = put(at('run.json'), SMALL_RUN);
const golden = 'tools/reference/golden/nano/lora.safetensors';

/** A run file with some keys changed. */
const runWith = (changes: object) => put(at('changed.json'), { ...SMALL_RUN, ...changes });
const bundleWith = (damage: Parameters<typeof damagedNano>[1]) => damagedNano(at('damaged'), damage);

const results = at('results');
beforeEach(() => {
  put(join(results, 'run.json'), SMALL_RUN);
  put(join(results, 'metrics.jsonl'), '{"step":1}\n');
  put(join(results, 'lora/pytorch_lora_weights.safetensors'), 'a LoRA');
  put(join(results, 'samples/step-000000.png'), 'a picture');
  put(join(results, '000.png'), 'a picture');
  put(join(results, 'latents.safetensors'), 'latents');
  put(join(results, 'probe.safetensors'), 'a probe');
});
afterEach(() => {
  rmSync(results, { recursive: true, force: true });
  rmSync(at('damaged'), { recursive: true, force: true });
});

/** Runs a verb that must fail with a sentence like `sentence`, leaving everything as it was. */
async function refused(verb: Verb, args: readonly string[], sentence: RegExp): Promise<void> {
  const before = contentOf(temporary);
  const { code, stdout, error } = await runVerb(verb, args);
  expect(error).toMatch(sentence);
  expect(error, 'one sentence').toMatch(/^[^\n]{10,300}[.)]$/);
  expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
  expect(contentOf(temporary)).toEqual(before);
  expect(openNodeGpu, 'no adapter is asked for').not.toHaveBeenCalled();
}

const alignArgs = (run: string, ...more: string[]) => ['--run', run, '--out', results, '--force', ...more];
const generateArgs = (...more: string[]) => ['--prompt', 'a', '--out', results, '--force', '--bundle', NANO, ...more];
const probeArgs = (changes: Record<string, string> = {}, bundle = NANO) => [
  ...Object.entries({
    run: runFile,
    noise,
    'sigma-index': '500',
    out: join(results, 'probe.safetensors'),
    bundle,
    ...changes,
  }).flatMap(([name, value]) => [`--${name}`, value]),
  '--force',
];

it.each<[string, object, RegExp]>([
  ['an unknown key', { lerning: 1 }, /unknown key "lerning"/],
  ['an unknown key inside', { lora: { rank: 2, dropout: 0.1 } }, /unknown key "lora.dropout"/],
  ['text for a number', { steps: 'many' }, /"steps" is "many", expected an integer/],
  ['a number for a list', { prompts: 7 }, /"prompts" is 7, expected/],
  ['a negative rank', { lora: { rank: -4 } }, /"lora.rank" is -4, expected an integer from 1/],
  ['half a rank', { lora: { rank: 1.5 } }, /"lora.rank" is 1.5, expected an integer/],
  ['no prompts', { prompts: [] }, /"prompts".*expected at least one prompt/],
  ['an empty prompt', { prompts: [' '] }, /"prompts.0".*expected/],
  ['no version', { version: undefined }, /"version" is missing, expected 1/],
  ['another version', { version: 2 }, /"version" is 2, expected 1/],
  ['an unknown method', { method: 'magic' }, /"method" is "magic", expected "srpo" or "direct-align"/],
  ['sigmas the wrong way round', { timesteps: { sigmaMin: 0.9, sigmaMax: 0.2 } }, /"timesteps.sigmaMin" is 0.9/],
  ['a target that matches nothing', { lora: { targets: ['attn.to_x'] } }, /"attn.to_x" matches no linear/],
  ['the last proj_out only', { lora: { targets: ['norm_out.linear'] } }, /"norm_out.linear" matches no linear/],
  ['an unknown reward', { reward: { model: 'beauty' } }, /"beauty": bundle nano has clip, preference, aesthetic/],
  ['an unknown reward in a mixture', { reward: { model: { clip: 1, x: 1 } } }, /Unknown reward "x"/],
  ['a weight of nothing', { reward: { model: { clip: 0 } } }, /"reward.model/],
  ['no control words', { reward: { positive: [] } }, /"reward.positive".*control word/],
  ['a table of noise levels too short', { timesteps: { count: 5 } }, /"timesteps.count" is 5/],
  ['a folder of pictures', { images: 'photos' }, /folder of pictures "photos" .* does not exist/],
  ['a file as pictures', { images: 'package.json' }, /"images" names package.json, which is a file/],
  ['a folder without pictures', { images: 'docs' }, /"docs" holds no PNG, JPEG or WebP .*ARCHITECTURE.md is skipped/],
])('align refuses a run file with %s', (_, changes, sentence) => refused(align, alignArgs(runWith(changes)), sentence));

it('align refuses a run file that is missing, a folder, or no JSON', async () => {
  await refused(align, alignArgs(at('none.json')), /^Run file .*none.json does not exist\.$/);
  await refused(align, alignArgs(temporary), /is a folder, expected a file/);
  await refused(align, alignArgs(put(at('broken.json'), '{ "version": 1,')), /broken.json is not valid JSON/);
  await refused(align, alignArgs(put(at('list.json'), '[]')), /list.json holds .*expected a run file/);
});

it.each<[string, Parameters<typeof damagedNano>[1], RegExp]>([
  [
    'without bundle.json and weights',
    (f) => {
      for (const name of ['bundle.json', 'transformer']) rmSync(f(name), { recursive: true });
    },
    /damaged is no base bundle: it has neither a bundle.json nor weights in a folder transformer/,
  ],
  [
    'without a weight file',
    (f) => rmSync(f(TRANSFORMER)),
    /transformer\/diffusion_pytorch_model.safetensors is missing/,
  ],
  ['without a config', (f) => rmSync(f('vae/config.json')), /file vae\/config.json is missing/],
  [
    'with a truncated file',
    (f) => truncateSync(f(TRANSFORMER), 9000),
    /diffusion_pytorch_model.safetensors is truncated/,
  ],
  ['with an empty file', (f) => truncateSync(f(TRANSFORMER), 0), /diffusion_pytorch_model.safetensors has 0 bytes/],
  [
    'with an impossible header length',
    (f) => {
      const bytes = readFileSync(f(TRANSFORMER));
      bytes.writeBigUInt64LE(2n ** 60n);
      writeFileSync(f(TRANSFORMER), bytes);
    },
    /diffusion_pytorch_model.safetensors.*header/,
  ],
  [
    'with overlapping offsets',
    (f) =>
      editHeader(f(TRANSFORMER), (h) => {
        h['x_embedder.bias'].data_offsets = h['context_embedder.bias'].data_offsets;
      }),
    /overlap/,
  ],
  [
    'with a wrong shape',
    (f) =>
      editHeader(f(TRANSFORMER), (h) => {
        h['x_embedder.weight'].shape.reverse();
      }),
    /tensor x_embedder.weight has shape \[64, ?32\], expected \[32, ?64\]/,
  ],
  [
    'with a tensor under another name',
    (f) =>
      editHeader(f(TRANSFORMER), (h) => {
        h['y_embedder.weight'] = h['x_embedder.weight'];
        delete h['x_embedder.weight'];
      }),
    /tensor x_embedder.weight/,
  ],
  [
    'whose autoencoder lacks a tensor',
    (f) =>
      editHeader(f('vae/diffusion_pytorch_model.safetensors'), (h) => {
        const name = Object.keys(h).find((key) => key.startsWith('decoder.layers.0'))!;
        h.renamed = h[name];
        delete h[name];
      }),
    /tensor decoder.layers.0/,
  ],
  [
    'whose reward lacks a tensor',
    (f) =>
      editHeader(f('rewards/clip/model.safetensors'), (h) => {
        h.renamed = h['visual_projection.weight'];
        delete h['visual_projection.weight'];
      }),
    /tensor visual_projection.weight/,
  ],
  ['without sizes', (f) => rmSync(f('transformer/config.json')), /hidden size 32 with heads of 16.*need a config.json/],
  [
    'without a text encoder',
    (f) => {
      for (const name of ['tokenizer', 'text_encoder']) rmSync(f(name), { recursive: true });
    },
    /damaged has neither embeddings.safetensors nor a text encoder .*: encode the run's prompts with tools\/scale/,
  ],
  ['without a tokenizer', (f) => rmSync(f('tokenizer/tokenizer.json')), /tokenizer.json is missing/],
  [
    'with a config that is no JSON',
    (f) => put(f('transformer/config.json'), '{'),
    /transformer\/config.json is not valid JSON/,
  ],
])('align refuses a bundle %s', (_, damage, sentence) =>
  refused(align, alignArgs(runFile, '--bundle', bundleWith(damage)), sentence),
);

it('every verb refuses a bundle that does not exist', async () => {
  const nowhere = at('nowhere');
  await refused(align, alignArgs(runFile, '--bundle', nowhere), /^Bundle .*nowhere does not exist\.$/);
  await refused(
    generate,
    ['--prompt', 'a', '--out', results, '--force', '--bundle', nowhere],
    /nowhere does not exist/,
  );
  await refused(probe, probeArgs({}, nowhere), /nowhere does not exist/);
  await refused(info, [nowhere], /nowhere does not exist, expected a bundle folder, a LoRA file or a model file/);
});

it.each<[string, RegExp]>([
  ['pick', /--reward-folder is "pick", expected NAME=DIR/],
  ['pick=none', /^Reward folder none does not exist\.$/],
  ['pick=package.json', /package.json is a file, expected a folder/],
  ['pick=docs', /^docs: file config.json is missing\.$/],
  ['clip=docs', /has a reward "clip" already/],
  // One that fits leads to the next mistake.
  ['pick=tools/reference/golden/clip/hf', /"beauty": bundle nano has clip, preference, aesthetic, pick/],
])('a reward folder that is none is refused: %s', async (given, sentence) => {
  const run = runWith({ reward: { model: 'beauty' } });
  await refused(align, alignArgs(run, '--bundle', NANO, '--reward-folder', given), sentence);
});

it('a changed weight is noticed by its checksum', async () => {
  const folder = at('damaged');
  cpSync(NANO, folder, { recursive: true });
  const bytes = readFileSync(join(folder, TRANSFORMER));
  bytes[bytes.length - 1] ^= 1;
  writeFileSync(join(folder, TRANSFORMER), bytes);
  await refused(
    align,
    alignArgs(runFile, '--bundle', folder),
    /diffusion_pytorch_model.safetensors is damaged.*sha256/,
  );
});

it('generate refuses LoRAs that do not fit', async () => {
  const lora = (path: string) => generateArgs('--lora', path);
  await refused(generate, lora(at('none')), /^LoRA file .*none does not exist\.$/);
  await refused(generate, lora(noise), /noise.safetensors has no LoRA tensors/);
  await refused(generate, lora(runFile), /run.json/);
  const half = putTensor(at('half'), 'transformer.transformer_blocks.0.attn.to_q.lora_A.weight', [2, 32]);
  await refused(generate, lora(half), /transformer_blocks.0.attn.to_q has lora_A.weight, expected lora_B.weight too/);
  await refused(
    generate,
    ['--prompt', 'a', '--out', results, '--force', '--bundle', 'tools/reference/bundles/odd-a', '--lora', golden],
    /another base|does not have/,
  );
  await refused(align, alignArgs(runFile, '--lora', golden), /has rank 4, the run file asks for 2/);
  await refused(probe, probeArgs({ lora: noise }), /has no LoRA tensors/);
});

it('generate refuses flags that make no sense', async () => {
  const out = ['--out', results, '--force', '--bundle', NANO];
  await refused(generate, out, /^generate needs --prompt TEXT\.$/);
  await refused(generate, ['--prompt', '--out', results], /--prompt needs a value/);
  await refused(generate, ['--prompt', 'a'], /^generate needs --out DIR\.$/);
  await refused(generate, generateArgs('--steps', '0'), /--steps is "0", expected an integer from 1 to/);
  await refused(generate, generateArgs('--steps', '3.5'), /--steps is "3.5", expected an integer/);
  await refused(generate, generateArgs('--seed', '-1'), /--seed is "-1"/);
  await refused(generate, generateArgs('--guidance', 'much'), /--guidance is "much", expected a number/);
  await refused(generate, generateArgs('--strength', '0.5'), /--strength needs --lora/);
  await refused(generate, generateArgs('--colour'), /Unknown flag "--colour"/);
  await refused(generate, generateArgs('--lora'), /--lora needs a value: FILE/);
  await refused(generate, generateArgs('--seed', '1', '--seed', '2'), /--seed was given twice/);
});

it('noise of the wrong kind is refused', async () => {
  const wrong = (path: string) => probeArgs({ noise: path });
  await refused(probe, wrong(at('none')), /^Noise file .*none does not exist\.$/);
  await refused(probe, wrong(golden), /lora.safetensors has no tensor "noise", expected .*\[n, 9, 64\]/);
  await refused(
    probe,
    wrong(putTensor(at('flat'), 'noise', [9, 64])),
    /"noise" is F32 \[9, 64\], expected .*\[n, 9, 64\]/,
  );
  await refused(probe, wrong(putTensor(at('none-at-all'), 'noise', [0, 9, 64])), /\[0, 9, 64\]/);
  await refused(probe, wrong(putTensor(at('nan'), 'noise', [1, 9, 64], Number.NaN)), /not finite/);
  await refused(probe, wrong(putTensor(at('three'), 'noise', [3, 9, 64])), /holds 3 pictures of noise.*only 2 prompts/);
  await refused(probe, probeArgs({ x0: noise }), /has no tensor "x0"/);
  await refused(probe, probeArgs({ x0: putTensor(at('x0'), 'x0', [1, 9, 64]) }), /holds 1 pictures, expected 2/);
  await refused(generate, generateArgs('--noise', noise), /holds 2 pictures of noise, expected 1/);
});

it('a sigma index outside the table is refused', async () => {
  for (const index of ['1000', '-1', '5.5', 'x']) {
    await refused(probe, probeArgs({ 'sigma-index': index }), /sigma.index.*expected (a whole number|an integer)/);
  }
});

it('a plan of another method, none where one is needed, and noise that is missing are refused', async () => {
  const args = (method: string, options: object, ...more: string[]) => {
    const run = put(at(`${method}.json`), { ...SMALL_RUN, method, options });
    const out = join(results, 'probe.safetensors');
    return ['--run', run, '--noise', noise, '--out', out, '--bundle', NANO, '--force', ...more];
  };
  const plan = (value: object) => ['--plan', put(at('plan.json'), value)];
  await refused(probe, args('srpo', {}), /probe needs --sigma-index M or --plan FILE with method "srpo"/);
  await refused(probe, args('refl', {}), /probe needs --plan FILE with method "refl"/);
  await refused(
    probe,
    args('srpo', {}, '--sigma-index', '5', ...plan({})),
    /--plan and --sigma-index exclude each other/,
  );
  await refused(probe, args('refl', {}, '--sigma-index', '5'), /--sigma-index with method "refl": "step" is missing/);
  await refused(probe, args('refl', {}, ...plan({ step: 99 })), /"step" is 99, expected a whole number from 0 to 1/);
  await refused(probe, args('refl', {}, ...plan({ step: 1, k: 2 })), /plan.json: unknown key "k"/);
  const x0 = putTensor(at('x0'), 'x0', [2, 9, 64]);
  await refused(probe, args('draft', {}, '--x0', x0), /--x0 has no use with method "draft"/);
  const needed = /has no tensor "renoise", expected one of f32 \[3, 2, 9, 64\]/;
  await refused(probe, args('draft-lv', { copies: 3 }), needed);
});

it('results that exist are refused without --force, and a folder where a file belongs', async () => {
  await refused(align, ['--run', runFile, '--out', results], /already holds results .*--force .*--resume/);
  await refused(generate, ['--prompt', 'a', '--out', results, '--bundle', NANO], /already holds results \(000.png\)/);
  await refused(probe, probeArgs().slice(0, -1), /probe.safetensors exists: choose another name, or give --force/);
  await refused(probe, probeArgs({ out: results }), /is a folder, expected a file/);
  await refused(align, ['--run', runFile, '--out', runFile], /is a file, expected a folder/);
});

it('--resume with another run file, base or fewer steps is refused', async () => {
  const resume = (...more: string[]) => ['--out', results, '--resume', ...more];
  await refused(align, resume('--run', runWith({ seed: 8 })), /"seed".*only --steps may change on --resume/);
  await refused(align, resume('--run', runWith({ steps: 9 })), /extend it with --steps 9/);
  await refused(align, resume('--force'), /exclude each other/);
  await refused(align, ['--resume'], /--resume needs --out DIR/);
  put(join(results, 'snapshot.safetensors'), 'nonsense');
  await refused(align, resume(), /snapshot.safetensors/);
});
