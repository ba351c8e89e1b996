/** Files as people have them, down to what reaches the device: converted types, prompts encoded before, gigabytes in slices. */
import { mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, onTestFinished } from 'vitest';
import { openModel, velocity } from '../align/model';
import { UserError } from '../errors';
import { dirSource } from '../formats/dir-source';
import type { Dtype } from '../formats/dtypes';
import { type FileSource, memorySource } from '../formats/file-source';
import { QUANTS } from '../formats/quants/index';
import { writeSafetensors } from '../formats/safetensors';
import type { TensorSet } from '../formats/tensor-set';
import type { Gpu } from '../gpu/gpu';
import { reachable, type Value, type WeightAttrs, weightOp } from '../graph/graph';
import { weightKey } from '../graph/leaves';
import { bundleHash, openBundle } from './bundle';
import { openCheckpoint } from './checkpoint';
import { openEmbeddings } from './embeddings';
import { forDevice } from './quantised';
import { BINDING_BYTES, WeightStore } from './weights';
import { repeated, zerosFile } from './whole-base';

const path = (name: string) => fileURLToPath(new URL(`../../${name}`, import.meta.url));
const GOLDEN = path('tools/reference/golden/checkpoints');

describe('forDevice', () => {
  const MATRIX = 'transformer_blocks.0.attn.to_k.weight';

  it('leaves matrices as they are stored, with their scales, and makes f16 of what no linear reads so', async () => {
    const { tensors } = await openCheckpoint(dirSource(GOLDEN), 'flux2.safetensors');
    expect(tensors.info.get(MATRIX)).toMatchObject({ dtype: 'F8_E4M3', scale: {} });
    const info: TensorSet['info'] = new Map([...tensors.info, ['norm', { ...tensors.info.get(MATRIX)!, shape: [7] }]]);
    const set = forDevice({ ...tensors, info });
    expect(set.info.get(MATRIX)).toBe(tensors.info.get(MATRIX));
    expect(set.info.get('norm')!.dtype).toBe('F16');
    for (const quant of Object.keys(QUANTS)) {
      const typed = (shape: number[]) => ({ ...tensors.info.get(MATRIX)!, dtype: quant.toUpperCase() as Dtype, shape });
      const shapes = new Map([
        ['m', typed([4, 512])],
        ['row', typed([1, 512])],
        ['odd', typed([4, 7 * 32 + 2])],
      ]);
      const types = [...forDevice({ ...tensors, info: shapes }).info.values()].map(({ dtype }) => dtype);
      expect(types).toEqual([quant.toUpperCase(), 'F16', 'F16']);
    }
  });

  it('makes Q4_0 of fp8 with scales on wish, row by row', async () => {
    const { tensors } = await openCheckpoint(dirSource(GOLDEN), 'flux2.safetensors');
    const name = MATRIX;
    const set = forDevice(tensors, 'Q4_0');
    expect(set.info.get(name)).toMatchObject({ dtype: 'Q4_0' });
    const [own, made] = [await tensors.readFloat32(name), await set.readFloat32(name)];
    const largest = own.data.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    for (let i = 0; i < own.data.length; i++) expect(Math.abs(made.data[i] - own.data[i])).toBeLessThan(largest / 7);
    const whole = await set.read(name);
    const row = whole.bytes.length / whole.shape[0];
    const part = await set.read(name, [4, 12]);
    expect([part.dtype, ...part.shape]).toEqual(['Q4_0', 8, whole.shape[1]]);
    expect(part.bytes).toEqual(whole.bytes.slice(4 * row, 12 * row));
  });

  it('stores on wish the matrices of blocks smaller, where they are floats that take more', async () => {
    const { tensors } = await openCheckpoint(dirSource(GOLDEN), 'flux2.safetensors');
    const set = forDevice(tensors, 'Q4_0');
    expect(set.info.get('transformer_blocks.0.attn.to_k.weight')!.dtype).toBe('Q4_0');
    expect(set.info.get('x_embedder.weight')!.dtype).not.toBe('Q4_0');
    const gguf = (await openCheckpoint(dirSource(GOLDEN), 'flux1.gguf')).tensors;
    expect(forDevice(tensors, 'Q8_0').info.get(MATRIX)!.dtype).toBe('F8_E4M3');
    expect(forDevice(gguf, 'Q4_0').info.get('transformer_blocks.0.attn.to_k.weight')!.dtype).toBe('Q8_0');
  });
});

describe('openEmbeddings', () => {
  const row = (rows: number, width: number, value: number) => ({
    shape: [rows, width],
    data: new Float32Array(rows * width).fill(value),
  });
  const vector = (width: number) => ({ shape: [width], data: new Float32Array(width).fill(9) });
  const file = (tensors: Record<string, { shape: number[]; data: Float32Array }>, prompts: unknown = ['a', 'b']) =>
    memorySource('base', {
      'embeddings.safetensors': writeSafetensors(
        Object.entries(tensors).map(([name, tensor]) => ({ name, ...tensor })),
        prompts === null ? {} : { prompts: typeof prompts === 'string' ? prompts : JSON.stringify(prompts) },
      ),
    });
  const two = { 'tokens.0': row(2, 3, 1), 'tokens.1': row(1, 3, 2) };

  it('fills the shorter prompt up with zeros, in any order and with as many rows as are wanted', async () => {
    const embeddings = (await openEmbeddings(file({ ...two, 'pooled.0': vector(2), 'pooled.1': vector(2) })))!;
    expect(embeddings).toMatchObject({ prompts: ['a', 'b'], length: 2, width: 3, pooled: 2 });
    const { tokens, pooled, hidden } = await embeddings.encode(['b', 'a'], 3);
    expect([...tokens]).toEqual([2, 2, 2, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 0, 0, 0]);
    expect([[...pooled], hidden]).toEqual([[9, 9, 9, 9], 3]);
    expect((await (await openEmbeddings(file(two)))!.encode(['a'], 2)).pooled).toHaveLength(0);
    expect(await openEmbeddings(memorySource('base', {}))).toBeNull();
  });

  it('cuts a longer prompt, and says so where it loses more than padding', async () => {
    const padded = { shape: [3, 4], data: new Float32Array(12).fill(1, 0, 8) };
    const { encode } = (await openEmbeddings(file({ 'tokens.0': row(3, 4, 1), 'tokens.1': padded })))!;
    const { tokens, warnings } = await encode(['b', 'a'], 2);
    expect([...tokens]).toEqual(Array(16).fill(1));
    expect(warnings).toEqual(['Prompt cut to 2 tokens: "a".']);
  });

  it.each<[string, FileSource, string]>([
    ['no prompts', file(two, null), 'its metadata "prompts" is missing, expected a JSON list of texts, none twice.'],
    ['no list', file(two, '{}'), '"prompts" is {}, expected a JSON list'],
    ['a prompt twice', file(two, ['a', 'a']), '"prompts" is a list with "a" twice, expected'],
    ['a missing prompt', file(two, ['a', 'b', 'c']), 'has no tensor tokens.2, of one of its 3 prompts.'],
    ['other widths', file({ ...two, 'tokens.1': row(1, 4, 1) }), 'the widths of prompt 1 are not those of prompt 0'],
    ['no matrix', file({ ...two, 'tokens.0': vector(3) }), 'tensor tokens.0 is F32 [3], expected F16 [tokens, width].'],
  ])('refuses %s', async (_, source, sentence) => {
    await expect(openEmbeddings(source)).rejects.toThrow(UserError);
    await expect(openEmbeddings(source)).rejects.toThrow(sentence);
  });

  it('says what there is where a prompt is not, the empty one too', async () => {
    const embeddings = (await openEmbeddings(file(two)))!;
    expect(() => embeddings.require(['a', 'c'])).toThrow(
      'has no embedding of "c"; it has "a", "b": use one of these, or',
    );
    await expect(embeddings.encode([''], 2)).rejects.toThrow(
      'no embedding of the empty prompt, which guidance compares',
    );
  });
});

/** nano with the original's file of a FLUX.1 of true widths, 3 GB of zeros that are made where they are read. */
/** A base with a file of 3 GB on disk, whose gigabytes take no room there: they are a hole. */
function largeBase(folder: string): { source: FileSource; reads: number[] } {
  const shapes = JSON.parse(readFileSync(`${GOLDEN}/shapes.json`, 'utf8'))['FLUX.1-dev'].bfl;
  const file = zerosFile(repeated(repeated(shapes, 'double_blocks', 3), 'single_blocks', 4));
  const name = 'flux.safetensors';
  writeFileSync(join(folder, name), file.head);
  truncateSync(join(folder, name), file.size);
  const disk = dirSource(folder);
  const nano = dirSource(path('public/bundles/nano'));
  const own = /^(?:bundle\.json|scheduler|transformer)/;
  const reads: number[] = [];
  const source: FileSource = {
    describe: 'large',
    size: async (path) =>
      path === `transformer/${name}` ? disk.size(name) : own.test(path) ? undefined : nano.size(path),
    list: async (path) => (path === 'transformer' ? [name] : nano.list(path)),
    read: async (path, begin = 0, stop = 0) => {
      if (path !== `transformer/${name}`) return nano.read(path, begin, stop || undefined);
      reads.push(stop - begin);
      return disk.read(name, begin, stop);
    },
  };
  return { source, reads };
}

/** Bytes that JavaScript holds, in its heap and in buffers. */
const heldByJs = () => {
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
};

it('a file of 3 GB reaches the device in slices, and is named without being read', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'studio-large-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const { source, reads } = largeBase(folder);
  const bundle = await openBundle(source);
  expect(bundle.transformer).toMatchObject({ num_layers: 3, num_single_layers: 4, num_attention_heads: 24 });
  expect(bundle.name).toBe('large');
  expect(bundle.shift(8)).toBeCloseTo(Math.exp(0.5), 6);
  await bundleHash(bundle);
  expect(reads.reduce((sum, bytes) => sum + bytes)).toBeLessThan(2 ** 25);
  reads.length = 0;

  const model = await openModel(bundle);
  const weights = reachable([velocity(model, null, 1)]).filter((v): v is Value<WeightAttrs> => v.op === weightOp);
  let written = 0;
  let held = 0;
  const buffers: number[] = [];
  const gpu = {
    buffer: (bytes: number) => ({ bytes: buffers[buffers.push(bytes) - 1] }),
    write: (_: unknown, data: Uint8Array) => {
      written += data.length;
      held = Math.max(held, heldByJs());
    },
  } as unknown as Gpu;
  // It says how far it is; called off on the way it keeps what is there, and goes on with the rest.
  const said: [number, number][] = [];
  let calledOff = false;
  const store = new WeightStore(gpu, true, (done, total) => {
    said.push([done, total]);
    if (calledOff || done < total / 3) return;
    calledOff = true;
    throw new Error('called off');
  });
  await expect(store.load(weights, [model.transformer])).rejects.toThrow('called off');
  const [before, all] = said[said.length - 1];
  const firstHalf = said.length;
  await store.load(weights, [model.transformer]);
  expect(said[firstHalf][1]).toBe(all - before);
  expect(said[said.length - 1]).toEqual([all - before, all - before]);
  // Each tensor is told of once; those that are read together share a buffer.
  expect(said.length).toBe(new Set(weights.map(({ attrs }) => weightKey(attrs))).size);
  expect(buffers.length).toBeLessThan(said.length);
  expect(written).toBeGreaterThan(3e9);
  expect(held).toBeLessThan(500e6);
  expect(Math.max(...reads)).toBeLessThanOrEqual(BINDING_BYTES);
  expect(Math.max(...buffers)).toBeLessThanOrEqual(BINDING_BYTES);

  // Made smaller, nothing larger than a piece of a tensor is in memory.
  reads.length = 0;
  const set = await (await openBundle(source, { quantise: 'Q8_0' })).openTransformer();
  reads.length = 0;
  expect((await set.read('single_transformer_blocks.0.proj_out.weight', [0, 1024])).dtype).toBe('Q8_0');
  expect(Math.max(...reads)).toBeLessThanOrEqual(2 ** 23);
});
