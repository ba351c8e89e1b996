/**
 * @file `generate`, `probe` and `info` on real input: what they write is what PyTorch computed for the golden folders.
 */
import { existsSync, readFileSync, rmSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { relativeL2 } from '../compiler/testing';
import { toFloat32 } from '../formats/dtypes';
import { decodePng } from '../formats/png';
import { parseSafetensors } from '../formats/safetensors';
import { joined, u64 } from '../formats/testing';
import { generate } from './generate';
import { info } from './info';
import { probe } from './probe';
import { NANO, ownCache, put, runVerb, temporaryFolder } from './testing/harness';

process.env.XDG_CACHE_HOME = ownCache();
const temporary = temporaryFolder();
afterAll(() => rmSync(temporary, { recursive: true }));
const at = (name: string) => join(temporary, name);
const GOLDEN = 'tools/reference/golden/nano';

function tensorsOf(path: string): Map<string, Float32Array> {
  const { tensors } = parseSafetensors(new Uint8Array(readFileSync(path)), path);
  return new Map([...tensors].map(([name, t]) => [name, toFloat32(t.bytes, t.dtype)]));
}
const expected = tensorsOf(`${GOLDEN}/expected.safetensors`);
const start = ['--bundle', NANO, '--noise', `${GOLDEN}/noise.safetensors`, '--lora', `${GOLDEN}/lora.safetensors`];

it('generate draws the latents that PyTorch samples, and their pictures', async () => {
  const out = at('drawn');
  const args = ['--prompt', 'cat face', '--prompt', 'red apple', '--out', out, '--steps', '4', ...start];
  expect(await runVerb(generate, args)).toEqual({ code: 0, stdout: `${out}\n` });
  const latents = tensorsOf(join(out, 'latents.safetensors')).get('latents')!;
  expect(relativeL2(latents, expected.get('x0')!)).toBeLessThan(1e-4);
  for (const name of ['000.png', '001.png']) {
    const { width, height } = decodePng(readFileSync(join(out, name)), name);
    expect([width, height]).toEqual([48, 48]);
  }
  const refused = await runVerb(generate, args);
  expect(refused.error).toContain('--force');
  const base = await runVerb(generate, [...args, '--force', '--strength', '0']);
  expect(base.code).toBe(0);
  expect(relativeL2(tensorsOf(join(out, 'latents.safetensors')).get('latents')!, latents)).toBeGreaterThan(1e-3);
});

it('generate draws the same picture alone, among others, and twice', async () => {
  const draw = async (name: string, ...prompts: string[]) => {
    const args = ['--prompt', ...prompts, '--out', at(name), '--steps', '2', '--bundle', NANO];
    expect((await runVerb(generate, args)).code).toBe(0);
    return tensorsOf(join(at(name), 'latents.safetensors')).get('latents')!;
  };
  const five = await draw('five', 'owl', 'fox', 'cat face', 'red apple', 'tent');
  expect(existsSync(join(at('five'), '004.png'))).toBe(true);
  expect(await draw('again', 'owl', 'fox', 'cat face', 'red apple', 'tent')).toEqual(five);
  const alone = await draw('alone', 'owl');
  expect(relativeL2(five.subarray(0, alone.length), alone)).toBeLessThan(1e-4);
});

it('probe takes the clean picture from a file, and then samples nothing', async () => {
  const args = ['--run', `${GOLDEN}/run.json`, '--sigma-index', '700', ...start];
  expect(await runVerb(probe, [...args, '--out', at('sampled')])).toEqual({ code: 0, stdout: `${at('sampled')}\n` });
  const sampled = tensorsOf(at('sampled'));
  const names = [...expected.keys()].filter((name) => !/^(block|text|vae)\./.test(name));
  expect([...sampled.keys()].sort()).toEqual(names.sort());
  for (const name of names) {
    const bound = name.startsWith('grad.') ? 1e-3 : 1e-4;
    expect(relativeL2(sampled.get(name)!, expected.get(name)!), name).toBeLessThan(bound);
  }
});

it.each([
  ['refl-nano', true],
  ['draft-lv-nano', false],
])('probe takes plan and further noise of a method from files: %s', async (name, needsPlan) => {
  const folder = `tools/reference/golden/${name}`;
  const { plan } = JSON.parse(readFileSync(`${folder}/meta.json`, 'utf8'));
  const args = ['--run', `${folder}/run.json`, '--bundle', NANO, '--noise', `${folder}/noise.safetensors`];
  args.push('--lora', `${folder}/lora.safetensors`, '--out', at(name));
  if (needsPlan) args.push('--plan', put(at('plan.json'), plan));
  expect(await runVerb(probe, args)).toEqual({ code: 0, stdout: `${at(name)}\n` });
  const [written, wanted] = [tensorsOf(at(name)), tensorsOf(`${folder}/expected.safetensors`)];
  for (const [tensor, data] of wanted) {
    expect(relativeL2(written.get(tensor)!, data), tensor).toBeLessThan(tensor.startsWith('grad.') ? 3e-3 : 1e-4);
  }
});

it('info says what a model file is', async () => {
  const golden = 'tools/reference/golden/checkpoints';
  const gguf = (await runVerb(info, [`${golden}/flux1.gguf`])).stdout;
  expect(gguf).toContain('flux1.gguf, GGUF, 0.114 MB\narchitecture    FLUX.1, names of the original checkpoint\n');
  expect(gguf).toContain('parameters      0.1 M\nstored as       Q8_0 97.');
  expect(gguf).toContain(
    'sizes           flux1.gguf: hidden size 32 with heads of 16, expected heads of 128: others need',
  );
  const fp8 = (await runVerb(info, [`${golden}/flux2.safetensors`])).stdout;
  expect(fp8).toContain('FLUX.2, names of the original checkpoint');
  expect(fp8).toContain('F8_E4M3 with scales 99.');
  for (const path of [`${golden}/flux2-bf16`, `${golden}/flux2-bf16/diffusion_pytorch_model.safetensors.index.json`]) {
    const { stdout } = await runVerb(info, [path]);
    expect(stdout).toContain('.safetensors, 4 shards, ');
    expect(stdout).toContain('FLUX.2, names of diffusers\nparameters      0.1 M\nstored as       BF16 100 %\n');
    expect(stdout).toContain('2 double and 1 single blocks, 2 heads of 16\n');
    expect(stdout).toContain('missing         nothing');
  }
  const cut = put(at('cut.gguf'), new Uint8Array(readFileSync(`${golden}/flux1.gguf`)).subarray(0, 3000));
  expect((await runVerb(info, [cut])).error).toContain('cut.gguf is truncated');
});

it('info decides the sizes of a model by its tensors', async () => {
  const { bfl } = JSON.parse(readFileSync('tools/reference/golden/checkpoints/shapes.json', 'utf8'))['FLUX.2-klein-4B'];
  let end = 0;
  const entries = Object.entries<number[]>({ ...bfl, stray: [1] }).map(([name, shape]) => {
    const begin = end;
    end += 2 * shape.reduce((total, size) => total * size, 1);
    return [name, { dtype: 'BF16', shape, data_offsets: [begin, end] }];
  });
  const header = JSON.stringify(Object.fromEntries(entries));
  const path = put(at('klein.safetensors'), joined(u64(header.length), new TextEncoder().encode(header)));
  // A file with a hole where its data would be: nothing of that is read.
  truncateSync(path, 8 + header.length + end);
  const { stdout } = await runVerb(info, [path]);
  expect(stdout).toContain('1 double and 1 single blocks, 24 heads of 128\nguidance        not embedded\n');
  expect(stdout).toContain(
    'tokens of 128\ntext            tokens of 7680\nmissing         nothing\nnot used        1: stray',
  );
});

it('info says what a bundle and a LoRA hold, and which graphics adapter there is', async () => {
  const { stdout: bundle } = await runVerb(info, [NANO]);
  expect(bundle).toMatch(/nano/);
  expect(bundle).toMatch(/48.48/);
  const { stdout: lora } = await runVerb(info, [`${GOLDEN}/lora.safetensors`]);
  expect(lora).toMatch(/rank\s+4/);
  const { stdout: adapter } = await runVerb(info, []);
  expect(adapter).toMatch(/^adapter\s+\S/);
});
