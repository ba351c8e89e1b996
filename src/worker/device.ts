/**
 * @file The graphics device of the worker: one job at a time, and when the device is lost the adapter and device are
 * requested again and the job starts over on the new one.
 */
import { UserError } from '../errors';

/** What is rebuilt after a loss; in the studio a `Pipeline`. */
export interface OnDevice {
  gpu: { lost: Promise<string>; isLost: boolean; isAlive(): Promise<boolean>; destroy(): void };
}

export interface DeviceEvents {
  /** The device is gone; attempt 1 is about to open another. */
  onLost(reason: string, attempt: number): void;
  onRecovered(): void;
  /** A device that was lost while nothing ran cannot be opened again. */
  onGone(error: Error): void;
}

/** Devices opened in a row without one finished job before it is given up. */
const ATTEMPTS = 3;

/** The device cannot be opened again; trying later may help. */
export class DeviceGone extends UserError {}

/** A job's device was lost while the job waited for something else: it runs again from its beginning. */
class Moved extends Error {}

export class Device<P extends OnDevice> {
  /** Resolves when whoever came last is done. */
  #queue: Promise<void> = Promise.resolve();
  /** Lets the next one in. */
  #leave: () => void = () => {};
  #current: P | null = null;
  #attempt = 0;
  #busy = false;
  #closed = false;

  /**
   * @param open requests adapter and device and puts everything on it that jobs expect
   * @param pauseMs before the second attempt; it doubles from one to the next, as drivers take a while to restart
   */
  constructor(
    private readonly open: () => Promise<P>,
    private readonly events: DeviceEvents,
    private readonly pauseMs = 1000,
  ) {}

  /** What is on the device now, null before the first job and while there is none. */
  get current(): P | null {
    return this.#current;
  }

  /**
   * Runs a job when those before it are done. A job whose device is lost runs again from its beginning on the next one,
   * so it must not change anything before its last step on the device is done.
   * @throws DeviceGone where the device is lost again and again
   */
  use<T>(job: (on: P) => Promise<T>): Promise<T> {
    // In line at once, in the order of the calls.
    const turn = this.#enter();
    return turn.then(() => this.#run(job)).finally(() => this.#leave());
  }

  /**
   * For a job that waits for what needs no device: others have it meanwhile.
   * @param on what the job was given
   */
  async away<T>(on: P, waiting: Promise<T>): Promise<T> {
    this.#leave();
    const result = await waiting.then(
      (value) => ({ value }),
      (error) => ({ error }),
    );
    await this.#enter();
    if ('error' in result) throw result.error;
    if (this.#current !== on || on.gpu.isLost) throw new Moved();
    return result.value;
  }

  #enter(): Promise<void> {
    const before = this.#queue;
    let leave = () => {};
    this.#queue = new Promise((resolve) => {
      leave = resolve;
    });
    return before.then(() => {
      this.#busy = true;
      this.#leave = () => {
        this.#busy = false;
        leave();
      };
    });
  }

  /** Frees the device for good. */
  close(): void {
    this.#closed = true;
    this.#current?.gpu.destroy();
    this.#current = null;
  }

  /** Tests: loses the device as a crashed driver would. */
  destroy(): void {
    this.#current?.gpu.destroy();
  }

  async #run<T>(job: (on: P) => Promise<T>): Promise<T> {
    for (;;) {
      if (this.#closed) throw new UserError('The base model was closed.');
      try {
        if (this.#current?.gpu.isLost) throw new Error('the device is lost');
        this.#current ??= await this.#opened();
        const result = await job(this.#current);
        if (this.#attempt > 0) this.events.onRecovered();
        this.#attempt = 0;
        return result;
      } catch (error) {
        if (error instanceof Moved) continue;
        const reason = await this.#lossBehind(error);
        if (reason === null) throw error;
        this.#current = null;
        if (++this.#attempt > ATTEMPTS) {
          this.#attempt = 0;
          throw new DeviceGone(
            `The graphics device was lost ${ATTEMPTS + 1} times in a row (${reason}): close other tabs that use the graphics card, then try again; every finished step is saved.`,
          );
        }
        this.events.onLost(reason, this.#attempt);
        if (this.#attempt > 1) await new Promise((r) => setTimeout(r, this.pauseMs * 2 ** (this.#attempt - 2)));
      }
    }
  }

  async #opened(): Promise<P> {
    const on = await this.open();
    void on.gpu.lost.then(() => {
      // A job finds out by itself; where none runs, one that does nothing opens the next device.
      if (this.#current === on && !this.#busy && !this.#closed) this.use(async () => {}).catch(this.events.onGone);
    });
    return on;
  }

  /** Why the device is gone, or null where the error has another cause. */
  async #lossBehind(error: unknown): Promise<string | null> {
    const reason = error instanceof Error ? error.message : String(error);
    // After a loss, an adapter that is not back yet is part of it.
    if (!this.#current) return this.#attempt > 0 ? reason : null;
    const { gpu } = this.#current;
    // Errors of a lost device may arrive before the news of its loss: the device itself knows.
    const lost = gpu.lost.then((message) => message || reason);
    const answer = gpu.isAlive().then((alive) => (alive ? null : reason));
    return Promise.race([lost, answer]);
  }
}
