import { expect, test } from 'vitest';
import { WorkerClient, type WorkerLike } from './client';
import type { Event, Request } from './protocol';

/** A worker that keeps what it is sent, and says and dies what a test wants. */
class FakeWorker {
  sent: Request[] = [];
  ended = false;
  #listeners: Record<string, ((event: unknown) => void)[]> = {};
  postMessage(request: Request) {
    this.sent.push(request);
  }
  terminate() {
    this.ended = true;
  }
  addEventListener(type: string, listener: (event: unknown) => void) {
    this.#listeners[type] = [...(this.#listeners[type] ?? []), listener];
  }
  say(event: unknown) {
    for (const listener of this.#listeners.message ?? []) listener({ data: event });
  }
  die(message: string) {
    for (const listener of this.#listeners.error ?? []) listener({ message });
  }
}

function setUp() {
  const workers: FakeWorker[] = [];
  const events: Event[] = [];
  const client = new WorkerClient(() => {
    workers.push(new FakeWorker());
    return workers.at(-1) as unknown as WorkerLike;
  });
  client.on((event) => events.push(event));
  return { client, workers, events };
}

const bundle = { kind: 'url', base: 'http://localhost/bundles/nano/' } as const;

test('a worker that dies fails what was asked, and the run is resumed from its last snapshot', () => {
  const { client, workers, events } = setUp();
  client.send({ type: 'open', requestId: 1, bundle });
  client.send({ type: 'resume', runId: 'r' });
  client.send({ type: 'export', requestId: 2, lora: { kind: 'base' }, format: 'safetensors' });
  workers[0].die('out of memory');
  expect(workers[0].ended).toBe(true);
  const failures = events.filter((event) => event.type === 'failed');
  expect(failures.map(({ requestId, runId, retry }) => ({ requestId, runId, retry }))).toEqual([
    { requestId: 1, runId: undefined, retry: true },
    { requestId: 2, runId: undefined, retry: true },
    { requestId: undefined, runId: 'r', retry: true },
  ]);
  expect(failures[0].message).toMatch(/stopped unexpectedly \(out of memory\).*from the last saved step/);

  client.send({ type: 'continue' });
  expect(workers[1].sent).toEqual([
    { type: 'open', requestId: 0, bundle },
    { type: 'resume', runId: 'r' },
  ]);
});

test('an event that cannot be read is reported, not swallowed', () => {
  const { client, workers, events } = setUp();
  client.send({ type: 'pause' });
  workers[0].say({ type: 'state', runId: 5 });
  expect(events).toHaveLength(1);
  expect(events[0]).toMatchObject({ type: 'failed', retry: false });
});
