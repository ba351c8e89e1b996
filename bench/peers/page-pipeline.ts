/** @file mini-flux for bench.html: downloaded, or as the studio keeps it. */
import wasmUrl from 'onnxruntime-web/ort-wasm-simd-threaded.wasm?url';
import { openModel } from '../../src/align/model';
import { Pipeline } from '../../src/align/pipeline';
import type { Gpu } from '../../src/gpu/gpu';
import { Tuner } from '../../src/gpu/tuner';
import { openBundle } from '../../src/models/bundle';
import { createTextEncoder } from '../../src/models/text-encoder';
import { loadTuning } from '../../src/storage/tuning';
import { openBundleSource } from '../../src/worker/bundle-source';

/** Knows the kernels that the studio chose in this browser. */
export const pageTuner = async (gpu: Gpu): Promise<Tuner> =>
  new Tuner(await loadTuning(gpu.key).catch(() => ({})), true);

/** @throws UserError where it cannot be downloaded */
export async function openPagePipeline(gpu: Gpu, tuner: Tuner, onProgress: (text: string) => void): Promise<Pipeline> {
  const source = await openBundleSource({ kind: 'url', base: new URL('bundles/mini-flux/', document.baseURI).href });
  await source.download({
    onProgress: (_, loaded, total) =>
      onProgress(`downloading mini-flux: ${Math.round(loaded / 1e6)} of ${Math.round(total / 1e6)} MB`),
  });
  const model = await openModel(await openBundle(source));
  const text = await createTextEncoder({
    ...(await model.bundle.readTextEncoder()),
    maxLength: model.bundle.maxTextTokens,
    hidden: model.bundle.transformer.joint_attention_dim,
    wasmUrl,
  });
  const onTuning = (done: number, total: number) => onProgress(`choosing kernels of mini-flux: ${done} of ${total}`);
  return new Pipeline(gpu, model, text, tuner, () => {}, onTuning);
}
