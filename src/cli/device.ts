/**
 * @file The device side of a verb: adapter, remembered kernel choices, pipeline.
 */
import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import type { Model } from '../align/pipeline';
import { Pipeline } from '../align/pipeline';
import { Gpu } from '../gpu/gpu';
import { openNodeGpu } from '../gpu/node';
import { Tuner, type VariantTable } from '../gpu/tuner';
import { createTextEncoder } from '../models/text-encoder';
import { writeAtomic } from './results';
import { message, showProgress } from './terminal';

/** Kernel choices by adapter, kept for this machine. */
const tuningFile = () =>
  join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'direct-align-studio', 'kernels.json');

function readTuning(): Record<string, VariantTable> {
  try {
    const path = tuningFile();
    return existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')) : {};
  } catch {
    // A damaged cache is only a cache.
    return {};
  }
}

/** A tuner that remembers its choices in the user's cache folder; a cache that cannot be written is no error. */
function machineTuner(gpu: Gpu): Tuner {
  const table: VariantTable = { ...readTuning()[gpu.key] };
  return new Tuner(table, true, (key, variant) => {
    try {
      const all = readTuning();
      all[gpu.key] = { ...all[gpu.key], [key]: variant };
      writeAtomic(tuningFile(), `${JSON.stringify(all)}\n`);
    } catch {
      // Measured again next time.
    }
  });
}

export async function openPipeline(model: Model, adapterName?: string): Promise<Pipeline> {
  const { bundle } = model;
  const text = await createTextEncoder({
    ...(await bundle.readTextEncoder()),
    maxLength: bundle.maxTextTokens,
    hidden: bundle.transformer.joint_attention_dim,
  });
  const gpu = await Gpu.open(await openNodeGpu(adapterName));
  const started = performance.now();
  return new Pipeline(gpu, model, text, machineTuner(gpu), message, (step, total) =>
    showProgress({ label: 'choosing kernels', step, total, seconds: (performance.now() - started) / 1000 }),
  );
}
