/**
 * @file Starts a built Node program as if it were this process: its stdout, exit code and signals pass through.
 *
 * Dawn and the Vulkan loader print to stderr from native code, which no JavaScript can stop. So the program's stderr
 * goes to a log, and its own messages to descriptor 3, which is the stderr of this process; src/cli/terminal.ts
 * writes there. The log is removed unless the program crashed.
 */
import { spawn } from 'node:child_process';
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, rmSync } from 'node:fs';
import { constants } from 'node:os';
import { join } from 'node:path';
import { cache, removeOlderThanADay, root } from './setup.mjs';

const MESSAGES = 3;

/** Runs `program` with `args` and resolves to the exit code. */
export function runProgram(program, args) {
  const logs = join(cache, 'logs');
  mkdirSync(logs, { recursive: true });
  removeOlderThanADay(logs);
  const log = join(logs, `${process.pid}.log`);
  const logDescriptor = openSync(log, 'w');
  const child = spawn(process.execPath, ['--enable-source-maps', program, ...args], {
    // npm runs scripts in the checkout; paths in the arguments are relative to where the user stands.
    cwd: startedByNpm() ? process.env.INIT_CWD : process.cwd(),
    env: { ...process.env, STUDIO_ROOT: root, STUDIO_LOG: log, STUDIO_MESSAGES: String(MESSAGES) },
    stdio: [0, 1, logDescriptor, 2, 'ipc'],
  });
  closeSync(logDescriptor);

  let keepLog = false;
  child.on('message', (message) => {
    if (message === 'keep-log') keepLog = true;
  });
  // Ctrl-C reaches the child from the terminal, from npm and from here: it counts signals that come together once.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  // The end of this process ends the child through the closed channel; the end of npm must end both.
  const ancestors = () => `${process.ppid} ${parentOf(process.ppid)}`;
  const atStart = ancestors();
  const watch = setInterval(() => startedByNpm() && ancestors() !== atStart && process.exit(1), 200);
  watch.unref();

  return new Promise((resolve) => {
    child.on('error', (error) => {
      console.error(`The program cannot be started: ${error.message}`);
      resolve(1);
    });
    child.on('close', (code, signal) => {
      clearInterval(watch);
      const asked = signal === 'SIGINT' || signal === 'SIGTERM' || signal === 'SIGHUP';
      const crashed = signal !== null ? !asked : code > 128 && code !== 130 && code !== 143 && code !== 129;
      if (crashed)
        console.error(`The program was ended by ${signal ?? `exit code ${code}`}; the driver's messages are in ${log}`);
      else if (!keepLog) rmSync(log, { force: true });
      resolve(crashed ? 1 : signal === null ? code : 128 + constants.signals[signal]);
    });
  });
}

/** Between npm and its script stands a shell, which outlives an npm that is killed. Empty where /proc is missing. */
function parentOf(pid) {
  const file = `/proc/${pid}/status`;
  return existsSync(file) ? /^PPid:\s+(\d+)/m.exec(readFileSync(file, 'utf8'))?.[1] : '';
}

function startedByNpm() {
  return process.env.INIT_CWD && process.env.npm_lifecycle_event && process.cwd() === root;
}
