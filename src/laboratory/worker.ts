/** @file The laboratory's worker: requests in, events out, a piece of work at a time. */
import type { RoomEvent } from './protocol';
import { Room } from './room';

const scope = globalThis as unknown as DedicatedWorkerGlobalScope;
const room = new Room((event) => scope.postMessage(event, transfersOf(event)));

let timer = 0;
let works = false;

async function work(): Promise<void> {
  if (works) return;
  works = true;
  const wait = await room.work();
  works = false;
  clearTimeout(timer);
  if (wait !== null) timer = scope.setTimeout(work, wait);
}

scope.addEventListener('message', ({ data }) => {
  room.receive(data);
  clearTimeout(timer);
  // What is asked during a piece of work comes after it.
  if (!works) timer = scope.setTimeout(work, 0);
});

function transfersOf(event: RoomEvent): ArrayBuffer[] {
  if (event.type === 'arrows') return [event.arrows.buffer];
  if (event.type !== 'view') return [];
  const { paths, way, field } = event.view;
  return [paths, way, ...(field ? [field] : [])].map(({ buffer }) => buffer);
}
