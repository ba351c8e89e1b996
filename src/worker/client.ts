/**
 * @file The page's end of the worker: one object that sends requests and hands out events, and starts the worker again
 * when it dies.
 */
import type { BundleLocation, Event, Request } from './protocol';
import { parseEvent } from './validate';

/** What the client needs of a `Worker`. */
export type WorkerLike = Pick<Worker, 'postMessage' | 'terminate' | 'addEventListener'>;

type Listener = (event: Event) => void;

/** Request ids of the client's own `open` after a restart; the page counts from 1 up. */
const OWN_REQUEST = 0;

export class WorkerClient {
  #worker: WorkerLike | null = null;
  #listeners = new Set<Listener>();
  /** Requests whose answer is still to come. */
  #asked = new Map<number, Request>();
  #bundle: BundleLocation | null = null;
  /** The run the worker holds; `lost` where it died with the worker and has to be resumed from storage. */
  #run: { id: string; lost: boolean } | null = null;

  /** @param start makes the worker; tests give their own */
  constructor(
    private readonly start: () => WorkerLike = () =>
      new Worker(new URL('./worker.ts', import.meta.url), { type: 'module', name: 'engine' }),
  ) {}

  /** Calls `listener` with every event; returns a function that ends this. */
  on(listener: Listener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Sends a request; its answers come as events. */
  send(request: Request): void {
    const sent = this.#run?.lost ? this.#afterCrash(request) : request;
    if ('requestId' in sent && sent.type !== 'cancel') this.#asked.set(sent.requestId, sent);
    if (sent.type === 'open') this.#bundle = sent.bundle;
    if (sent.type === 'start' || sent.type === 'resume') this.#run = { id: sent.runId, lost: false };
    this.#live().postMessage(sent);
  }

  /** Ends the worker; the next request starts another. */
  terminate(): void {
    this.#worker?.terminate();
    this.#worker = null;
  }

  /** A run that died with its worker goes on from its last snapshot. */
  #afterCrash(request: Request): Request {
    const { id: runId } = this.#run!;
    return request.type === 'continue' || request.type === 'step' ? { type: 'resume', runId } : request;
  }

  #live(): WorkerLike {
    if (this.#worker) return this.#worker;
    const worker = this.start();
    this.#worker = worker;
    worker.addEventListener('message', (message) => {
      if (this.#worker === worker) this.#receive((message as MessageEvent).data);
    });
    for (const type of ['error', 'messageerror'] as const) {
      worker.addEventListener(type, (error) => {
        if (this.#worker === worker) this.#crashed((error as ErrorEvent).message);
      });
    }
    // The page takes the bundle for open; a new worker has to open it again (from the cache).
    if (this.#bundle) worker.postMessage({ type: 'open', requestId: OWN_REQUEST, bundle: this.#bundle });
    return worker;
  }

  #receive(data: unknown): void {
    let event: Event;
    try {
      event = parseEvent(data);
    } catch (error) {
      // A message we cannot read is a defect of ours; it must not pass unseen.
      this.#emit({ type: 'failed', message: (error as Error).message, retry: false });
      return;
    }
    if ('requestId' in event && event.requestId !== undefined) {
      if (event.requestId === OWN_REQUEST) {
        if (event.type === 'failed') this.#emit({ ...event, requestId: undefined });
        return;
      }
      if (!['download', 'drawn', 'perceiving'].includes(event.type)) this.#asked.delete(event.requestId);
    }
    this.#emit(event);
  }

  #crashed(reason: string | undefined): void {
    this.terminate();
    const message = `The engine stopped unexpectedly${reason ? ` (${reason})` : ''}; it starts again when you go on, from the last saved step.`;
    const asked = [...this.#asked.keys()];
    this.#asked.clear();
    for (const requestId of asked) this.#emit({ type: 'failed', requestId, message, retry: true });
    if (this.#run) {
      const { id: runId } = this.#run;
      this.#run = { id: runId, lost: true };
      this.#emit({ type: 'failed', runId, message, retry: true });
    }
  }

  #emit(event: Event): void {
    for (const listener of [...this.#listeners]) listener(event);
  }
}
