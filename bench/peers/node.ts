/** @file The comparison in Node on Dawn (`npm run peers` starts it): TF.js and jax-js beside ours. Writes JSON. */
import { writeFileSync } from 'node:fs';
import { Pipeline } from '../../src/align/pipeline';
import { parseFlags } from '../../src/cli/args';
import { machineTuner } from '../../src/cli/device';
import { openCheckedModel } from '../../src/cli/inputs';
import { message, runMain } from '../../src/cli/terminal';
import { UserError } from '../../src/errors';
import { openNodeGpu } from '../../src/gpu/node';
import { createTextEncoder } from '../../src/models/text-encoder';
import { openJax } from './jax';
import { QUICK, THOROUGH } from './measure';
import type { Result } from './result';
import { runComparison } from './run';
import { openTfjs } from './tfjs';
import { rowsOf } from './work';

const NOT_IN_NODE = 'onnxruntime-web’s WebGPU build ends the process in Node: see the table of the browser';

const flags = {
  rows: { kind: 'text', value: 'ROWS', help: 'rows with commas, or all' },
  quick: { kind: 'switch', help: 'fewer rounds' },
  out: { kind: 'text', value: 'FILE', help: 'where the JSON goes' },
  adapter: { kind: 'text', value: 'NAME', help: 'part of an adapter’s name' },
} as const;

await runMain(async () => {
  const { flags: f } = parseFlags(process.argv.slice(2), flags);
  const gpu = await openNodeGpu(f.adapter);
  // Where TF.js and jax-js look for it.
  Object.defineProperty(globalThis, 'navigator', { value: { gpu, userAgent: 'Node' }, configurable: true });
  // Not to stdout: libraries print there.
  const write = (result: Result) => writeFileSync(f.out ?? 'peers.json', JSON.stringify(result));
  await runComparison({
    gpu,
    where: `Node ${process.versions.node} on Dawn`,
    rows: (software) => {
      try {
        return rowsOf(f.rows, software);
      } catch (error) {
        throw new UserError((error as Error).message);
      }
    },
    peers: [
      { id: 'onnxruntime-web', open: () => Promise.reject(new Error(NOT_IN_NODE)) },
      { id: 'TF.js', open: () => openTfjs(gpu) },
      { id: 'jax-js', open: openJax },
    ],
    tunerFor: machineTuner,
    async openPipeline(own, tuner) {
      const model = await openCheckedModel();
      const text = await createTextEncoder({
        ...(await model.bundle.readTextEncoder()),
        maxLength: model.bundle.maxTextTokens,
        hidden: model.bundle.transformer.joint_attention_dim,
      });
      return new Pipeline(own, model, text, tuner);
    },
    options: { ...(f.quick ? QUICK : THOROUGH), onProgress: message },
    // After each row, so that a run which is ended leaves what it has.
    onRow: (_, soFar) => write(soFar),
  });
  return 0;
});
