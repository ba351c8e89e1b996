/**
 * @file Starts a built Node program as if it were this process: its stdout, exit code and signals pass through.
 *
 * Dawn and the Vulkan loader print to stderr from native code, which no JavaScript can stop. So the program's stderr
 * and stdout go to a log; what it has to say itself goes to descriptors 3 and 4, which are the stderr and stdout of
 * this process (src/cli/terminal.ts). The log is removed unless the program crashed.
 */
import { spawn } from 'node:child_process';
import { closeSync, existsSync, openSync, readFileSync, rmSync } from 'node:fs';
import { constants } from 'node:os';
import { isAbsolute, join } from 'node:path';
import { removeOlderThanADay, root } from './setup.mjs';
import { userCache } from './user-cache.mjs';

/** The program's descriptors for the user's stdout and stderr. */
const RESULTS = 4;
const MESSAGES = 3;
/** So long a program that said it ends may still take; native threads may compute on for minutes. */
const GRACE_MS = 1000;

/** Runs `program` with `args` and resolves to the exit code. */
export function runProgram(program, args) {
  const log = openLog();
  const native = log?.descriptor ?? 'ignore';
  const child = spawn(process.execPath, ['--enable-source-maps', program, ...args], {
    // npm runs scripts in the checkout; paths in the arguments are relative to where the user stands.
    cwd: startedByNpm() ? process.env.INIT_CWD : process.cwd(),
    env: {
      ...withoutRelativeFolders(process.env),
      STUDIO_ROOT: root,
      STUDIO_LOG: log?.path ?? '',
      STUDIO_MESSAGES: String(MESSAGES),
      STUDIO_RESULTS: String(RESULTS),
    },
    stdio: [0, native, native, 2, 1, 'ipc'],
  });
  if (log) closeSync(log.descriptor);

  /** What the program said last: its exit code, and whether the log is wanted. */
  let ending = null;
  child.on('message', (message) => {
    ending = message;
    setTimeout(() => child.kill('SIGKILL'), GRACE_MS).unref();
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
    child.on('close', (exitCode, signal) => {
      clearInterval(watch);
      const code = ending?.code ?? exitCode;
      const asked = signal === 'SIGINT' || signal === 'SIGTERM' || signal === 'SIGHUP';
      const crashed =
        !ending && (signal !== null ? !asked : code > 128 && code !== 130 && code !== 143 && code !== 129);
      if (crashed) console.error(`The program was ended by ${signal ?? `exit code ${code}`}${where(log)}`);
      else if (log && !ending?.keepLog) rmSync(log.path, { force: true });
      resolve(crashed ? 1 : (code ?? 128 + constants.signals[signal]));
    });
  });
}

/** Relative folders count as none: drivers would make theirs below the current folder. */
function withoutRelativeFolders(environment) {
  const isRelative = ([name, value]) => (name === 'HOME' || name === 'XDG_CACHE_HOME') && !isAbsolute(value);
  return Object.fromEntries(Object.entries(environment).filter((entry) => !isRelative(entry)));
}

const where = (log) => (log ? `; the driver's messages are in ${log.path}` : '.');

/** A log in the user's cache folder; null where none can be written. */
function openLog() {
  const folder = userCache('logs');
  if (!folder) return null;
  removeOlderThanADay(folder);
  const path = join(folder, `${process.pid}.log`);
  try {
    return { path, descriptor: openSync(path, 'w') };
  } catch {
    return null;
  }
}

/** Between npm and its script stands a shell, which outlives an npm that is killed. Empty where /proc is missing. */
function parentOf(pid) {
  const file = `/proc/${pid}/status`;
  return existsSync(file) ? /^PPid:\s+(\d+)/m.exec(readFileSync(file, 'utf8'))?.[1] : '';
}

function startedByNpm() {
  return process.env.INIT_CWD && process.env.npm_lifecycle_event && process.cwd() === root;
}
