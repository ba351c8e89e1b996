/** @file A base bundle one file of which is damaged, read as far as that goes without a device. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { strToU8 } from 'fflate';
import { openModel } from '../align/model';
import { realSaturation } from '../evaluate/judge-files';
import { memorySource } from '../formats/file-source';
import { parseSafetensors } from '../formats/safetensors';
import { type Bundle, openBundle, verifyBundle, withRewards } from '../models/bundle';
import { openCheckpoint } from '../models/checkpoint';
import { configOf, requireWhole } from '../models/checkpoint-sizes';
import { createTokenizer, tokenize } from '../models/text-encoder';
import { RewardMixture } from '../rewards/mixture';
import type { TextDesk } from '../rewards/reward';
import { mutateBytes, mutateJson, mutateNumbers, mutateSafetensors, oneOf } from './mutate';
import { ofBytes, ofText, type Target } from './target';

/** Content by path. */
export type Files = Record<string, Uint8Array<ArrayBuffer>>;

export function bundleTargets(good: Files): Target[] {
  const paths = Object.keys(good).filter((path) => /\.(json|txt|safetensors)$/.test(path));
  const weights = 'transformer/diffusion_pytorch_model.safetensors';
  const placed = [...parseSafetensors(good[weights], weights).tensors.keys()].map((name) => [name, FILE]);
  return [
    {
      name: 'bundle',
      damage: (random) => {
        const path = oneOf(random, paths);
        const input = path.endsWith('.json')
          ? Uint8Array.from(strToU8(mutateJson(random, JSON.parse(new TextDecoder().decode(good[path])))))
          : path.endsWith('.txt')
            ? mutateBytes(random, good[path])
            : mutateSafetensors(random, good[path]);
        return { input, read: () => readWholeBundle({ ...good, [path]: input }) };
      },
    },
    ofText(
      'index',
      (random) => mutateJson(random, { metadata: { total_size: 1 }, weight_map: Object.fromEntries(placed) }),
      (bytes) => readWholeBundle({ ...good, [`${weights}.index.json`]: bytes }),
    ),
  ];
}

/** A transformer's weights under the original's names, as GGUF and as scaled fp8. */
export function checkpointTargets(files: Record<'gguf' | 'safetensors', Uint8Array>): Target[] {
  // Of a GGUF file whose first numbers are its head, most damage is to be there.
  const head = files.gguf.length >> 4;
  return [
    ofBytes(
      'checkpoint (GGUF)',
      (random) => mutateNumbers(random, files.gguf, head),
      (bytes) => readCheckpoint('a.gguf', bytes),
    ),
    ofBytes(
      'checkpoint (.safetensors)',
      (random) => mutateSafetensors(random, files.safetensors),
      (bytes) => readCheckpoint('a.safetensors', bytes),
    ),
  ];
}

/** CLIP models in reward folders. @param nano the bundle that they are opened beside */
export function clipTargets(nano: Bundle, models: Record<string, Files>): Target[] {
  return Object.entries(models).map(([name, good]) => ({
    name: `CLIP model (${name})`,
    damage: (random) => {
      const path = oneOf(random, Object.keys(good));
      const text = () => new TextDecoder().decode(good[path]);
      const input = path.endsWith('.json')
        ? Uint8Array.from(strToU8(mutateJson(random, JSON.parse(text()))))
        : path.endsWith('.txt')
          ? mutateBytes(random, good[path])
          : mutateSafetensors(random, good[path]);
      return { input, read: () => readClip(nano, { ...good, [path]: Uint8Array.from(input) }) };
    },
  }));
}

/** All that is read of a reward's folder before a device is opened, and the tokens of a text. */
async function readClip(nano: Bundle, files: Files): Promise<unknown> {
  const bundle = withRewards(nano, new Map([['pick', memorySource('a', files)]]));
  const { parts } = await RewardMixture.open(bundle, 'pick');
  const read: unknown[] = [];
  for (const { reward } of parts) {
    const program = {
      write: (_: string, tokens: Float32Array) => read.push(tokens),
      runAndWait: async () => {},
      read: async () => new Float32Array(77 * reward.tower.projection),
    };
    const desk = { program: async () => program, onCut: () => {} } as Partial<TextDesk> as TextDesk;
    read.push(await reward.text?.('a cat face of 9 cats', desk));
    for (const { tensors } of reward.tower.scopes) {
      for (const name of tensors.info.keys()) read.push((await tensors.readFloat32(name)).data);
    }
  }
  return read;
}

/** Every tenth tensor, so that many damages are tried. */
async function readCheckpoint(path: string, bytes: Uint8Array<ArrayBuffer>): Promise<unknown> {
  const checkpoint = await openCheckpoint(memorySource('a', { [path]: bytes }), path);
  const { tensors } = checkpoint;
  const config = configOf(checkpoint, [4, 6, 6]);
  requireWhole(config, tensors);
  const read: unknown[] = [config];
  for (const name of [...tensors.info.keys()].filter((_, i) => i % 10 === 0)) {
    read.push((await tensors.readFloat32(name)).data);
  }
  return read;
}

const FILE = 'diffusion_pytorch_model.safetensors';

/** The files of a folder by their paths in it. */
export function readFolder(folder: string): Files {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const paths = files.map((entry) =>
    join(entry.parentPath, entry.name)
      .slice(folder.length + 1)
      .replaceAll('\\', '/'),
  );
  return Object.fromEntries(paths.map((path) => [path, new Uint8Array(readFileSync(join(folder, path)))]));
}

/** The files of a bundle's folder, without the checksums, which would refuse every other damage first. */
export function readBundle(folder: string): Files {
  const bundle = readFolder(folder);
  const { files: _, ...manifest } = JSON.parse(new TextDecoder().decode(bundle['bundle.json']));
  return { ...bundle, 'bundle.json': strToU8(JSON.stringify({ ...manifest, files: {} })) as Uint8Array<ArrayBuffer> };
}

/** All that is read of a bundle before a device is opened, every tensor included. */
async function readWholeBundle(files: Files): Promise<unknown> {
  const bundle = await openBundle(memorySource('b', files));
  const model = await openModel(bundle);
  await verifyBundle(bundle);
  const read: unknown[] = [
    bundle.image,
    bundle.scheduler,
    bundle.vae,
    await bundle.readWords(),
    await bundle.readStyles(),
    await bundle.readPerception(),
    await realSaturation(bundle),
    model.latentSize,
  ];
  for (const name of bundle.rewards) {
    const { parts } = await RewardMixture.open(bundle, name);
    const pooled = async () => new Float32Array(bundle.pooledText).fill(1);
    const desk = { pooled } as Partial<TextDesk> as TextDesk;
    for (const { reward } of parts) read.push(await reward.text?.('a', desk));
  }
  for (const { tensors } of [model.transformer, model.vae]) {
    for (const name of tensors.info.keys()) read.push((await tensors.readFloat32(name)).data);
  }
  const { tokenizerJson, tokenizerConfig } = await bundle.readTextEncoder();
  read.push(tokenize(createTokenizer(tokenizerJson, tokenizerConfig), 'a cat face of 9 cats', 16).ids);
  return read;
}
