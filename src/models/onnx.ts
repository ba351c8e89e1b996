/** @file ONNX networks run by onnxruntime's WebAssembly provider, the same in page, worker and Node. */
import * as ort from 'onnxruntime-web/wasm';
import { UserError } from '../errors';
import { showList } from '../shown';

/**
 * Loads a network.
 *
 * @param file what to call it in a sentence
 * @param inputs names that it must have
 * @param wasmUrl where the browser finds ort-wasm-simd-threaded.wasm on our own origin; Node finds it by itself
 * @throws UserError where the file is no ONNX network or lacks an input
 */
export async function openOnnx(
  onnx: Uint8Array,
  file: string,
  inputs: readonly string[],
  wasmUrl?: string,
): Promise<ort.InferenceSession> {
  // Threads would need cross-origin isolation, which static hosts often cannot give.
  ort.env.wasm.numThreads = 1;
  ort.env.logLevel = 'error';
  if (wasmUrl !== undefined) ort.env.wasm.wasmPaths = { wasm: wasmUrl };
  let session: ort.InferenceSession;
  try {
    session = await ort.InferenceSession.create(onnx, { executionProviders: ['wasm'], logSeverityLevel: 3 });
  } catch (error) {
    throw new UserError(`${file} cannot be loaded (${firstLine(error)}).`);
  }
  for (const name of inputs) {
    if (!session.inputNames.includes(name)) {
      throw new UserError(`${file} has inputs ${showList(session.inputNames)}, expected ${name}.`);
    }
  }
  return session;
}

/** The first line of what a library says, without its full stop. */
export function firstLine(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split('\n')[0].replace(/\.$/, '');
}
