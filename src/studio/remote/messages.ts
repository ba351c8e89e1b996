/**
 * @file The page's end of the wire: the worker, started at first use, what is sent to it and who hears its answers.
 */
import { UserError } from '../../errors';
import type { WorkerClient } from '../../worker/client';
import type { Event, Picture, Request } from '../../worker/protocol';

let client: WorkerClient | null = null;
let requestCount = 0;
const listeners: ((event: Event) => void)[] = [];

/** Hears every event of the worker, from its first on. */
export function listen(listener: (event: Event) => void): void {
  listeners.push(listener);
  client?.on(listener);
}

async function worker(): Promise<WorkerClient> {
  if (!client) {
    const { WorkerClient } = await import('../../worker/client');
    if (!client) {
      client = new WorkerClient();
      for (const listener of listeners) client.on(listener);
    }
  }
  return client;
}

/** Sends a request that has no answer of its own. */
export async function tell(request: Request): Promise<void> {
  (await worker()).send(request);
}

type Asking = Extract<Request, { requestId: number }>;
type Asked = Asking extends infer R ? (R extends Asking ? Omit<R, 'requestId'> : never) : never;
type Answer =
  | 'described'
  | 'weighed'
  | 'opened'
  | 'timeline'
  | 'checked'
  | 'generated'
  | 'judged'
  | 'perceived'
  | 'exported';

/**
 * Sends a request and waits for its own answer.
 * @param signal aborted where the answer is wanted no more
 * @param onDrawn takes the pictures that come before the answer
 * @throws UserError with the worker's sentence where it failed; the signal's reason where it was aborted
 */
export async function ask<T extends Answer>(
  request: Asked,
  answer: T,
  signal?: AbortSignal,
  onDrawn?: (first: number, pictures: Picture[]) => void,
): Promise<Extract<Event, { type: T }>> {
  const to = await worker();
  signal?.throwIfAborted();
  const requestId = ++requestCount;
  return new Promise((resolve, reject) => {
    const off = to.on((event) => {
      if (!('requestId' in event) || event.requestId !== requestId) return;
      if (event.type === 'drawn') return onDrawn?.(event.first, event.pictures);
      if (event.type === answer) resolve(event as Extract<Event, { type: T }>);
      else if (event.type === 'failed') reject(signal?.aborted ? signal.reason : new UserError(event.message));
      else return;
      off();
    });
    signal?.addEventListener('abort', () => to.send({ type: 'cancel', requestId }));
    to.send({ ...request, requestId } as Request);
  });
}
