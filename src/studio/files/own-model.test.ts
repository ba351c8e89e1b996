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

  it('takes folders as their publishers name them, one after another or several at once, each instead of what was there', async () => {
    const json = (path: string, value: object) => file(path, JSON.stringify(value));
    const taef = [json('taef1/config.json', { _class_name: 'AutoencoderTiny' }), file('taef1/weights.safetensors')];
    const pick = [json('PickScore v1/config.json', { architectures: ['CLIPModel'] }), file('PickScore v1/a/b.json')];
    const hps = [json('hps/open_clip_config.json', { model_cfg: {} }), file('hps/open_clip_model.safetensors')];
    const head = [json('laion/config.json', { backbone: 'clip' }), file('laion/head.safetensors')];
    for (const folder of [taef, pick, hps, head]) expect(await isModel(folder)).toBe(true);
    expect(await isModel([json('my-lora/adapter_config.json', {}), file('my-lora/adapter_model.safetensors')])).toBe(
      false,
    );
    expect(await isModel([json('clip/config.json', { architectures: ['CLIPTextModel'] })])).toBe(false);
    expect(await isModel([file('broken/config.json', '{')])).toBe(false);

    const base = await ownModelOf(FOLDER.map((path) => file(path)));
    const paths = ({ files }: { files: { path: string }[] }) => files.map(({ path }) => path).sort();
    const withDecoder = await ownModelOf(taef, base);
    expect(withDecoder.name).toBe('my-flux');
    expect(paths(withDecoder)).toEqual(['transformer/flux-Q8_0.gguf', 'vae/config.json', 'vae/weights.safetensors']);
    const all = await ownModelOf([...pick, ...hps, ...head, file('other.safetensors', BFL)], withDecoder);
    expect(paths(all)).toEqual([
      ...['rewards/PickScore-v1/a/b.json', 'rewards/PickScore-v1/config.json'],
      ...['rewards/hps/open_clip_config.json', 'rewards/hps/open_clip_model.safetensors'],
      ...['rewards/laion/config.json', 'rewards/laion/head.safetensors'],
      ...['transformer/other.safetensors', 'vae/config.json', 'vae/weights.safetensors'],
    ]);
    expect(all.parts.at(-1)!.found).toBe('PickScore-v1, hps, laion');
    // A whole folder of diffusers keeps its layout, whatever its configs say.
    const whole = [json('flux/vae/config.json', { _class_name: 'AutoencoderKL' }), file('flux/transformer/a.gguf')];
    expect(paths(await ownModelOf(whole))).toEqual(['transformer/a.gguf', 'vae/config.json']);
    expect((await ownModelOf(pick)).name).toBe('my model');
    const together = await ownModelOf([...pick, ...taef, ...whole]);
    expect(together.name).toBe('flux');
    expect(paths(together)).toEqual([
      ...['rewards/PickScore-v1/a/b.json', 'rewards/PickScore-v1/config.json', 'transformer/a.gguf'],
      ...['vae/config.json', 'vae/weights.safetensors'],
    ]);
  });
});
