import { expect, test, vi } from 'vitest';
import '../storage/testing';
import { parseRunFile } from '../formats/run-file';
import { Host } from './host';
import type { Event } from './protocol';

function setUp() {
  const events: Event[] = [];
  const host = new Host({ emit: (event) => void events.push(event), openEngine: vi.fn() });
  return { host, events };
}

test('a message that is no request is answered with the key that is wrong, under its own id', async () => {
  const { host, events } = setUp();
  await host.receive({ type: 'export', requestId: 7, lora: { kind: 'base' }, format: 'zip' });
  await host.receive({ type: 'stopp' });
  await host.receive(null);
  expect(events.map((event) => event.type)).toEqual(['failed', 'failed', 'failed']);
  expect(events[0]).toMatchObject({ requestId: 7, message: expect.stringMatching(/format/) });
  expect(events[1]).toMatchObject({ message: expect.stringMatching(/one of describe, open, start/) });
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
