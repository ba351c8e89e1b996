/**
 * @file Dawn's binding for Node asks for its events in a chain of setImmediate that never rests while anything is awaited:
 * a whole core, for seconds, beside a software adapter that would compute on it. `resting` lets such a chain rest.
 */

/** So long a chain goes on as it is: what a kernel is measured with, or a graphics card answers in, is shorter. */
const PATIENCE_MS = 10;
const REST_MS = 1;

type Callback = (...args: unknown[]) => unknown;

export interface Clock {
  immediate(callback: Callback): unknown;
  later(callback: Callback, milliseconds: number): unknown;
  /** Milliseconds. */
  now(): number;
}

/**
 * `setImmediate` for a native callback: one that asks for itself again and again waits a millisecond each time once that
 * has gone on for ten. What JavaScript asks for is never kept waiting.
 */
export function resting({ immediate, later, now }: Clock): (callback: Callback, ...args: unknown[]) => unknown {
  /** When the chain began whose link runs now. */
  let began: number | null = null;
  return (callback, ...args) => {
    const start = began ?? now();
    const link = () => {
      began = isNative(callback) ? start : null;
      try {
        callback(...args);
      } finally {
        began = null;
      }
    };
    return isNative(callback) && now() - start >= PATIENCE_MS ? later(link, REST_MS) : immediate(link);
  };
}

const isNative = (callback: Callback): boolean => Function.prototype.toString.call(callback).includes('[native code]');

/** Puts it in the place of the global `setImmediate`, which the binding looks up. */
export function restBetweenEvents(): void {
  const { setImmediate: immediate, setTimeout: later } = globalThis;
  const own = resting({ immediate, later, now: () => performance.now() });
  // util.promisify knows it by its properties.
  globalThis.setImmediate = Object.defineProperties(
    own,
    Object.getOwnPropertyDescriptors(immediate),
  ) as typeof immediate;
}
