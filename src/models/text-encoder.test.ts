import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { UserError } from '../errors';
import { dirSource } from '../formats/dir-source';
import { openTensors } from '../formats/safetensors';
import { openBundle } from './bundle';
import { createTextEncoder, createTokenizer, type TextEncoder, tokenize } from './text-encoder';

const root = fileURLToPath(new URL('../..', import.meta.url));
const golden = `${root}tools/reference/golden`;

/** Relative L2 distance. */
function distance(found: Float32Array, expected: Float32Array): number {
  let difference = 0;
  let total = 0;
  expected.forEach((value, i) => {
    difference += (found[i] - value) ** 2;
    total += value ** 2;
  });
  return Math.sqrt(difference / total);
}

async function textEncoderOf(folder: string): Promise<TextEncoder> {
  const bundle = await openBundle(dirSource(folder));
  return createTextEncoder({
    ...(await bundle.readTextEncoder()),
    maxLength: bundle.maxTextTokens,
    hidden: bundle.transformer.joint_attention_dim,
  });
}

/** Folders of golden values made by tools/reference with onnxruntime and Hugging Face's own tokenizers. */
const names = readdirSync(golden).filter((name) => {
  const meta = `${golden}/${name}/meta.json`;
  return existsSync(meta) && 'texts' in JSON.parse(readFileSync(meta, 'utf8'));
});

describe('text encoder', () => {
  it.each(names)('agrees with onnxruntime and tokenizers in Python: %s', async (name) => {
    const meta = JSON.parse(readFileSync(`${golden}/${name}/meta.json`, 'utf8')) as { bundle: string; texts: string[] };
    const encoder = await textEncoderOf(`${root}${meta.bundle}`);
    const expected = await openTensors(dirSource(`${golden}/${name}`), 'expected');
    const tokens = await expected.readFloat32('text.tokens');
    const pooled = await expected.readFloat32('text.pooled');
    const found = await encoder.encode(meta.texts);
    expect(tokens.shape).toEqual([meta.texts.length, encoder.maxLength, found.hidden]);
    expect(found.tokens.length).toBe(tokens.data.length);
    expect(distance(found.tokens, tokens.data)).toBeLessThan(1e-5);
    expect(distance(found.pooled, pooled.data)).toBeLessThan(1e-5);
    await encoder.dispose();
  });

  it('gives a prompt the same values alone and among others', async () => {
    const encoder = await textEncoderOf(`${root}public/bundles/mini-flux`);
    const alone = await encoder.encode(['cat face']);
    const among = await encoder.encode(['a red apple on a table', 'cat face']);
    expect(among.tokens.subarray(alone.tokens.length)).toEqual(alone.tokens);
    expect(among.pooled.subarray(alone.pooled.length)).toEqual(alone.pooled);
    expect((await encoder.encode([])).tokens.length).toBe(0);
    await encoder.dispose();
  });

  it('names what cannot be loaded', async () => {
    const bundle = await openBundle(dirSource(`${root}public/bundles/mini-flux`));
    const files = { ...(await bundle.readTextEncoder()), maxLength: 16 };
    const json = files.tokenizerJson as object;
    const broken = createTextEncoder({ ...files, onnx: files.onnx.slice(0, 1000) });
    await expect(broken).rejects.toThrow(UserError);
    await expect(broken).rejects.toThrow('text_encoder/model.onnx cannot be loaded');
    await expect(createTextEncoder({ ...files, tokenizerJson: {} })).rejects.toThrow(UserError);
    await expect(createTextEncoder({ ...files, tokenizerJson: null })).rejects.toThrow('tokenizer/tokenizer.json');
    const padded = (pad_id: unknown) =>
      createTextEncoder({ ...files, tokenizerJson: { ...json, padding: { pad_id } } });
    await expect(padded('x')).rejects.toThrow('"padding.pad_id" is "x", expected an integer from 0');
    const beyond = await padded(2 ** 31 - 1);
    await expect(beyond.encode(['a'])).rejects.toThrow(UserError);
    await beyond.dispose();
    const encoder = await createTextEncoder({ ...files, hidden: 7 });
    await expect(encoder.encode(['a'])).rejects.toThrow('gives 384 values a token, expected 7');
    await encoder.dispose();
  });
});

describe('tokenize', () => {
  let tokenizer: ReturnType<typeof createTokenizer>;
  beforeAll(async () => {
    const { tokenizerJson, tokenizerConfig } = await (
      await openBundle(dirSource(`${root}public/bundles/mini-flux`))
    ).readTextEncoder();
    tokenizer = createTokenizer(tokenizerJson, tokenizerConfig);
  });
  const words = (ids: number[]) => ids.map((id) => tokenizer.id_to_token(id)).join(' ');

  it.each([
    ['cat face, 3d render', '[CLS] cat face , 3d render [SEP]'],
    ['', '[CLS] [SEP]'],
    ['Café naïve — 東京タワー!', '[CLS] cafe naive — 東 京 タ ##ワ ##ー ! [SEP]'],
    ['  [SEP] odd \t spacing\u200b zero', '[CLS] [SEP] odd spa ##cing zero [SEP]'],
  ])("splits %j as Hugging Face's tokenizers does", (prompt, expected) => {
    const { ids, warning } = tokenize(tokenizer, prompt, 16);
    expect(words(ids)).toBe(expected);
    expect(warning).toBeUndefined();
  });

  it.each([
    [
      'pencil sketch of a hippopotamus wearing sunglasses and an encyclopaedia under the old bridge at night',
      '[CLS] pencil sketch of a hip ##pop ##ota ##mus wearing sunglasses and an en ##cy [SEP]',
      'pencil sketch of a hippopotamus wearing sunglasses and an ency|clopaedia under the old bridge at night',
    ],
    [
      'one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen',
      '[CLS] one two three four five six seven eight nine ten eleven twelve thirteen fourteen [SEP]',
      'one two three four five six seven eight nine ten eleven twelve thirteen fourteen |fifteen',
    ],
    ['猫猫猫猫猫猫猫猫猫猫猫猫猫猫猫猫', `[CLS] ${'猫 '.repeat(14)}[SEP]`, '猫猫猫猫猫猫猫猫猫猫猫猫猫猫|猫猫'],
  ])('cuts %j to 16 tokens and shows where', (prompt, expected, shown) => {
    const { ids, warning } = tokenize(tokenizer, prompt, 16);
    expect(words(ids).replaceAll('[UNK]', '猫')).toBe(expected);
    expect(warning).toBe(`Prompt cut to 16 tokens at the bar: "${shown}".`);
  });

  it('shows only some words around the cut, in one line', () => {
    const { warning } = tokenize(tokenizer, `\u001b[2J ${'word '.repeat(20_000)}`, 16);
    expect(warning).toMatch(/^Prompt cut to 16 tokens at the bar: "\\u001b\[2J (word )+\|word (word )+.*…"\.$/);
    expect(warning!.length).toBeLessThan(200);
    expect(tokenize(tokenizer, `猫 ${'\n猫'.repeat(9999)}`, 16).warning).not.toContain('\n');
  });
});
