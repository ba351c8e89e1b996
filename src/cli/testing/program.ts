/** @file A program for the tests of the launcher: its first argument says how it behaves. */
import { writeSync } from 'node:fs';
import { UserError } from '../../errors';
import { message, onInterrupt, print, runMain } from '../terminal';

const behaviours: Record<string, () => Promise<number | undefined>> = {
  async code() {
    print('result\n');
    writeSync(2, 'Warning: noise of the driver\n');
    message('a message');
    return 7;
  },
  async wrong() {
    throw new UserError('No such thing: expected another.');
  },
  async defect() {
    throw new Error('something is undefined');
  },
  async crash() {
    writeSync(2, 'driver: assertion failed\n');
    process.kill(process.pid, 'SIGSEGV');
    return await forever();
  },
  /** Says its last line, and then cannot be ended by itself, as with a native thread that computes on. */
  async stuck() {
    process.on('exit', () => {
      for (;;);
    });
    print('result\n');
    return 7;
  },
  async full() {
    print('result\n');
    return 0;
  },
  async endless() {
    print('begun\n');
    return await forever();
  },
  /** Counts interruptions until its stdin ends. */
  async interrupt() {
    let times = 0;
    const together = () => 0;
    onInterrupt(() => message(`interrupted ${++times} time`), together);
    print(`${process.pid}\n`);
    for await (const _ of process.stdin);
    return 0;
  },
};

function forever(): Promise<undefined> {
  return new Promise(() => setInterval(() => {}, 1000));
}

await runMain(() => behaviours[process.argv[2]]());
