/** @file Every fuzz target. Another one is an entry of the list that is about its files. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { openModel } from '../align/model';
import { memorySource } from '../formats/file-source';
import { openBundle } from '../models/bundle';
import { bundleTargets, checkpointTargets, clipTargets, readBundle, readFolder } from './bundle-targets';
import { formatTargets } from './format-targets';
import { loraTargets } from './lora-targets';
import type { Target } from './target';

/** @param root the checkout, for its bundle `nano` and golden checkpoints */
export async function fuzzTargets(root: string): Promise<Target[]> {
  const nano = readBundle(join(root, 'public/bundles/nano'));
  const model = await openModel(await openBundle(memorySource('nano', nano)));
  const golden = (name: string) => readFileSync(join(root, 'tools/reference/golden/checkpoints', name));
  const checkpoints = checkpointTargets({ gguf: golden('flux1.gguf'), safetensors: golden('flux2.safetensors') });
  const clipFolder = (name: string) => {
    const { 'expected.safetensors': _, ...files } = readFolder(join(root, 'tools/reference/golden/clip', name));
    return files;
  };
  const clip = clipTargets(model.bundle, { transformers: clipFolder('hf'), open_clip: clipFolder('open-clip') });
  return [
    ...(await formatTargets(model.bundle)),
    ...loraTargets(model),
    ...bundleTargets(nano),
    ...checkpoints,
    ...clip,
  ];
}
