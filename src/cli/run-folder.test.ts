import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { RunFolder } from './run-folder';
import { put, temporaryFolder } from './testing/harness';

const BASE = { name: 'a base', version: 1, hash: '0'.repeat(64) };
const temporary = temporaryFolder();
afterAll(() => rmSync(temporary, { recursive: true }));

it('names the line of metrics that is damaged', () => {
  const folder = new RunFolder(join(temporary, 'run'));
  const read = (content: string | Uint8Array) => {
    put(folder.file('metrics.jsonl'), content);
    return folder.readMetrics();
  };
  expect(read('')).toEqual([]);
  expect(() => read('{"step":1,"step":2}\n')).toThrow('metrics.jsonl: line 1 names "step" twice.');
  expect(() => read('nonsense\n')).toThrow('metrics.jsonl: line 1 is not valid JSON');
  expect(() => read(Uint8Array.of(0xe9, 0x0a))).toThrow('metrics.jsonl is not UTF-8 (byte 0xE9 at position 0)');
  // The update that is being written.
  expect(read('{"st')).toEqual([]);
});

it('names a value of a snapshot that is not finite', () => {
  const folder = new RunFolder(join(temporary, 'run'));
  const moment = Float32Array.of(0, 0);
  const write = (parameters: Float32Array<ArrayBuffer>) =>
    folder.writeSnapshot({
      state: {
        step: 1,
        rngState: '00000001-00000002-00000003-00000004',
        kernelVariants: {},
        positive: ['a'],
        negative: ['b'],
        parameters,
        firstMoment: moment,
        secondMoment: moment,
      },
      steps: 2,
      baseHash: BASE.hash,
      device: 'a device',
    });
  write(Float32Array.of(1, 2));
  expect(folder.readSnapshot(2, BASE)!.state.parameters).toEqual(Float32Array.of(1, 2));
  write(Float32Array.of(1, Number.POSITIVE_INFINITY));
  expect(() => folder.readSnapshot(2, BASE)).toThrow(
    'snapshot.safetensors: tensor parameters holds a value that is not finite (Infinity at element 1)',
  );
});
