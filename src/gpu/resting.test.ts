import { describe, expect, it } from 'vitest';
import { resting } from './resting';

type Call = (...args: unknown[]) => unknown;

/** Runs what is asked for in turn, each a millisecond after the one before, and notes when it had to rest. */
function clock() {
  const due: Call[] = [];
  const rested: number[] = [];
  let time = 0;
  const set = resting({
    immediate: (callback) => due.push(callback),
    later: (callback, milliseconds) => {
      rested.push(time);
      time += milliseconds;
      due.push(callback);
    },
    now: () => time,
  });
  const run = () => {
    for (let next = due.shift(); next; next = due.shift()) {
      time++;
      next();
    }
  };
  return { set, run, rested };
}

/** Asks for itself so many times more. */
function chain(set: (callback: Call) => unknown, times: number): Call {
  let left = times;
  const self: Call = () => left-- > 0 && set(self);
  return self;
}

/** As the binding's callbacks are. */
const native = (callback: Call): Call => callback.bind(null);

describe('resting', () => {
  it('lets a native chain rest once it has gone on for ten milliseconds, and begins anew with the next', () => {
    const { set, run, rested } = clock();
    const nativeChain = (times: number) => {
      let left = times;
      const ask = (): unknown => set(native(() => left-- > 0 && ask()));
      return ask;
    };
    nativeChain(20)();
    run();
    expect(rested.length).toBe(11);
    expect(Math.min(...rested)).toBe(10);
    nativeChain(9)();
    run();
    expect(rested.length).toBe(11);
  });

  it('never keeps JavaScript waiting, and hands its arguments on', () => {
    const { set, run, rested } = clock();
    set(chain(set, 50));
    run();
    expect(rested).toEqual([]);
    const got: unknown[] = [];
    set((...args) => got.push(...args), 1, 'two');
    run();
    expect(got).toEqual([1, 'two']);
  });
});
