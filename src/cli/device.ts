/**
 * @file The device side of a verb: adapter, remembered kernel choices, pipeline.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { userCache } from '../../scripts/user-cache.mjs';
import type { Model } from '../align/model';
import { type DeviceLora, Pipeline } from '../align/pipeline';
import { Gpu } from '../gpu/gpu';
import { knownGood } from '../gpu/known-good';
import { openNodeGpu } from '../gpu/node';
import { Tuner, type VariantTable } from '../gpu/tuner';
import { factorsFromFile, type LoraLayout } from '../lora/layout';
import type { NamedLora } from '../lora/lora-file';
import { openText } from '../models/open-text';
import { LONG_LOAD, WeightStore } from '../models/weights';
import { writeAtomic } from './results';
import { message, showProgress } from './terminal';

/** Kernel choices by adapter, kept for this machine in the user's cache folder; null where nothing can be kept. */
function tuningFile(): string | null {
  const folder = userCache();
  return folder && join(folder, 'kernels.json');
}

function readTuning(file: string | null): Record<string, VariantTable> {
  try {
    const all = file && existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : null;
    return typeof all === 'object' && all !== null ? all : {};
  } catch {
    // A damaged cache is only a cache.
    return {};
  }
}

/** A tuner that remembers its choices; a cache that cannot be written is no error. */
export function machineTuner(gpu: Gpu): Tuner {
  const file = tuningFile();
  const table: VariantTable = { ...readTuning(file)[gpu.key] };
  const keep = (key: string, variant: string) => {
    if (!file) return;
    try {
      const all = readTuning(file);
      all[gpu.key] = { ...all[gpu.key], [key]: variant };
      writeAtomic(file, `${JSON.stringify(all)}\n`);
    } catch {
      // Measured again next time.
    }
  };
  return new Tuner(table, true, keep, knownGood(gpu.key));
}

export async function openPipeline(model: Model, adapterName?: string): Promise<Pipeline> {
  const text = await openText(model.bundle);
  const gpu = await Gpu.open(await openNodeGpu(adapterName));
  const started = performance.now();
  const progress = (label: string, step: number, total: number) =>
    showProgress({ label, step, total, seconds: (performance.now() - started) / 1000 });
  const mib = (bytes: number) => Math.round(bytes / 2 ** 20);
  const store = new WeightStore(gpu, true, (done, total) => {
    if (total >= LONG_LOAD) progress('loading the model, MiB', mib(done), mib(total));
  });
  const onTuning = (step: number, total: number) => progress('choosing kernels', step, total);
  return new Pipeline(gpu, model, text, machineTuner(gpu), message, onTuning, store);
}

/** A LoRA's factors in a buffer of their own. @throws UserError where they do not fit the layout */
export function loraOnDevice(pipeline: Pipeline, layout: LoraLayout, { file, name }: NamedLora): DeviceLora {
  const factors = factorsFromFile(layout, file, name);
  const parameters = pipeline.gpu.buffer(factors.byteLength, 'LoRA');
  pipeline.gpu.write(parameters, factors);
  return { layout, parameters };
}
