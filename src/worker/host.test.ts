import { expect, test, vi } from 'vitest';
import '../storage/testing';
import { readdirSync, readFileSync } from 'node:fs';
import { openModel } from '../align/model';
import { loraExport, prepareRun } from '../align/trainer';
import { UserError } from '../errors';
import { dirSource } from '../formats/dir-source';
import { writeLora } from '../lora/write';
import { parseRunFile } from '../methods/run-file';
import { bundleHash, openBundle } from '../models/bundle';
import type { Engine } from './engine';
import { Host, type HostOptions } from './host';
import type { Event } from './protocol';

function setUp(openEngine: HostOptions['openEngine'] = vi.fn()) {
  const events: Event[] = [];
  const host = new Host({ emit: (event) => void events.push(event), openEngine });
  return { host, events };
}

test('a message that is no request is answered with the key that is wrong, under its own id', async () => {
  const { host, events } = setUp();
  await host.receive({ type: 'export', requestId: 7, lora: { kind: 'base' }, format: 'zip' });
  await host.receive({ type: 'stopp' });
  await host.receive(null);
  expect(events.map((event) => event.type)).toEqual(['failed', 'failed', 'failed']);
  expect(events[0]).toMatchObject({ requestId: 7, message: expect.stringMatching(/format/) });
  expect(events[1]).toMatchObject({ message: expect.stringMatching(/one of describe, weigh, open, start/) });
});

test('controls without a run and training without a bundle are sentences', async () => {
  const { host, events } = setUp();
  await host.receive({ type: 'pause' });
  await host.receive({ type: 'start', runId: 'r', run: parseRunFile({ version: 1, prompts: ['cat'] }) });
  expect(events).toEqual([
    { type: 'failed', requestId: undefined, message: 'No run is open: start or resume one.', retry: false },
    expect.objectContaining({ type: 'failed', runId: 'r', message: expect.stringMatching(/No base model is open/) }),
  ]);
});

test('the base is no LoRA to export', async () => {
  const { host, events } = setUp();
  await host.receive({ type: 'export', requestId: 1, lora: { kind: 'base' }, format: 'safetensors' });
  expect(events).toEqual([
    expect.objectContaining({ type: 'failed', requestId: 1, message: expect.stringMatching(/at least one update/) }),
  ]);
});

const NANO = 'public/bundles/nano';
const VERSION_1 = '59eab2c3e08708f2b6c3a23a5cb1eafd2ad7ca2ae1c20a5d2ebfc25678ce829b';

/** The file of a LoRA that fits nano. */
async function loraBytes(baseHash: string): Promise<ArrayBuffer> {
  const run = parseRunFile({ version: 1, prompts: ['cat'], lora: { rank: 1, targets: ['attn.to_q'] } });
  const { layout, initial } = await prepareRun(await openModel(await openBundle(dirSource(NANO))), run);
  return writeLora(loraExport(run, layout, initial, 1, baseHash)).slice().buffer;
}

/** Opens the nano bundle as a dropped folder. */
async function openNano(host: Host): Promise<void> {
  const files = readdirSync(NANO, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => `${entry.parentPath}/${entry.name}`)
    .map((path) => ({ path: path.slice(NANO.length + 1), file: new File([readFileSync(path)], path) }));
  await host.receive({ type: 'open', requestId: 1, bundle: { kind: 'files', name: 'nano', files } });
}

test('a LoRA of version 1 is drawn with and warned of once, one of this base without a word', async () => {
  const { host, events } = setUp(async () => {
    return { gpuInfo: {}, generate: async () => [], close: () => {} } as unknown as Engine;
  });
  await openNano(host);

  const bundle = await openBundle(dirSource(NANO));
  const generate = async (name: string, baseHash: string) => {
    const bytes = await loraBytes(baseHash);
    const request = { strength: 1, pictures: [{ prompt: 'cat', seed: 1 }], steps: 2, guidance: 3.5 };
    await host.receive({ type: 'generate', requestId: 2, lora: { kind: 'file', name, bytes }, ...request });
  };
  await generate('old', VERSION_1);
  await generate('old', VERSION_1);
  await generate('ours', await bundleHash(bundle));
  expect(events.flatMap((event) => (event.type === 'warning' ? event.message : []))).toEqual([
    expect.stringMatching(/^“old” was trained on mini-flux version 1, this is nano version 1: it fits and is used/),
  ]);
  expect(events.filter(({ type }) => type === 'generated')).toHaveLength(3);
});

test('pictures are handed on as they are drawn; what does not fit is told before anything is', async () => {
  const picture = { width: 1, height: 1, data: new Uint8ClampedArray(4) };
  const { host, events } = setUp(async () => {
    const engine: Partial<Engine> = {
      generate: async (_, __, { pictures }, { onProgress, onDrawn }) => {
        onProgress(1, 2);
        for (const first of pictures.keys()) onDrawn(first, [picture]);
        return ['cut'];
      },
      checkLora: (_, strength) => {
        if (strength > 1) throw new UserError('It does not fit.');
      },
      close: () => {},
    };
    return { gpuInfo: {}, ...engine } as unknown as Engine;
  });
  await openNano(host);
  events.length = 0;
  const pictures = ['cat', 'owl'].map((prompt) => ({ prompt, seed: 1 }));
  const how = { steps: 2, guidance: 3.5, strength: 1, lora: { kind: 'base' } };
  await host.receive({ type: 'generate', requestId: 2, pictures, ...how });
  expect(events.map((event) => [event.type, 'first' in event ? event.first : null])).toEqual([
    ['progress', null],
    ['drawn', 0],
    ['drawn', 1],
    ['generated', null],
  ]);
  events.length = 0;
  const check = async (strength: number) => {
    const lora = { kind: 'file', name: 'x', bytes: await loraBytes(VERSION_1) };
    await host.receive({
      type: 'check',
      requestId: 3,
      loras: [
        { lora: { kind: 'base' }, strength },
        { lora, strength },
      ],
    });
  };
  await check(1);
  await check(2);
  expect(events.filter(({ type }) => type !== 'warning')).toEqual([
    { type: 'checked', requestId: 3 },
    expect.objectContaining({ type: 'failed', requestId: 3, message: 'It does not fit.' }),
  ]);
});
