/** Files of the user's own model find their place by folder or by what they hold. */
import { describe, expect, it } from 'vitest';
import { writeSafetensors } from '../../formats/safetensors';
import { isComplete, isModel, ownModelOf } from './own-model';

const tensors = (names: string[], metadata = {}) =>
  writeSafetensors(
    names.map((name) => ({ name, shape: [1], data: Float32Array.of(1) })),
    metadata,
  );
const file = (path: string, bytes: Uint8Array | string = 'x') => ({
  path,
  file: new File([bytes as BlobPart], path.split('/').at(-1)!),
});
const BFL = tensors(['double_blocks.0.img_mod.lin.weight']);
const LORA = tensors(['transformer.transformer_blocks.0.attn.to_q.lora_A.weight']);
const FOLDER = ['my-flux/transformer/flux-Q8_0.gguf', 'my-flux/vae/config.json', 'my-flux/vae/model.safetensors'];

describe('isModel', () => {
  it('takes a folder of that layout and a transformer’s file, but no LoRA and no pictures', async () => {
    expect(await isModel(FOLDER.map((path) => file(path)))).toBe(true);
    expect(await isModel([file('flux.gguf')])).toBe(true);
    expect(await isModel([file('flux.safetensors', BFL)])).toBe(true);
    expect(await isModel([file('lora.safetensors', LORA), file('a.png')])).toBe(false);
    expect(await isModel([file('broken.safetensors', 'no file')])).toBe(false);
  });
});

describe('ownModelOf', () => {
  it('keeps a folder’s layout, names the model by it, and says what is missing', async () => {
    const model = await ownModelOf(FOLDER.map((path) => file(path)));
    expect(model.name).toBe('my-flux');
    expect(model.files.map(({ path }) => path)).toEqual(FOLDER.map((path) => path.slice('my-flux/'.length)));
    expect(model.parts.map(({ name, found }) => [name, found])).toEqual([
      ['Transformer', 'flux-Q8_0.gguf, 1 B'],
      ['Decoder', 'model.safetensors, 1 B'],
      ['Prompts', null],
      ['Rewards', null],
    ]);
    expect(isComplete(model)).toBe(false);
  });

  it('adds what comes later, each to its place; a second transformer takes the place of the first', async () => {
    const first = await ownModelOf(FOLDER.map((path) => file(path)));
    const prompts = file('encoded.safetensors', tensors(['tokens.0'], { prompts: '["a"]' }));
    const more = await ownModelOf([prompts, file('other.safetensors', BFL)], first);
    expect(more.name).toBe('my-flux');
    expect(more.files.map(({ path }) => path).sort()).toEqual(
      ['embeddings.safetensors', 'transformer/other.safetensors', 'vae/config.json', 'vae/model.safetensors'].sort(),
    );
    expect(more.parts.find(({ name }) => name === 'Prompts')!.found).toMatch(/^encoded before, \d+ B$/);
    expect(isComplete(more)).toBe(true);
    const reward = await ownModelOf([file('rewards/pick/config.json'), file('rewards/pick/model.safetensors')], more);
    expect(reward.parts.at(-1)!.found).toBe('pick');
    expect((await ownModelOf([file('flux1-dev-Q4_0.gguf')])).name).toBe('flux1-dev-Q4_0');
  });
});
