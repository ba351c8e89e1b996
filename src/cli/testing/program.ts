/** @file A program for the tests of the launcher: its first argument says how it behaves. */
import { writeSync } from 'node:fs';
import { UserError } from '../../errors';
import { message, onInterrupt, runMain } from '../terminal';

const behaviours: Record<string, () => Promise<number | undefined>> = {
  async code() {
    process.stdout.write('result\n');
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
  async endless() {
    process.stdout.write('begun\n');
    return await forever();
  },
  /** Counts interruptions until its stdin ends. */
  async interrupt() {
    let times = 0;
    const together = () => 0;
    onInterrupt(() => message(`interrupted ${++times} time`), together);
    process.stdout.write(`${process.pid}\n`);
    for await (const _ of process.stdin);
    return 0;
  },
};

function forever(): Promise<undefined> {
  return new Promise(() => setInterval(() => {}, 1000));
}

await runMain(() => behaviours[process.argv[2]]());
