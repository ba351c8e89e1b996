/**
 * @file The program's side of the terminal: results on stdout, messages and progress on stderr, interruption, and the
 * last line of an error.
 *
 * scripts/run-program.mjs sends native noise to a log by giving descriptors 1 and 2 away; it passes the user's stdout
 * and stderr as the descriptors named in STUDIO_RESULTS and STUDIO_MESSAGES and the log's path in STUDIO_LOG.
 */
import { writeSync } from 'node:fs';
import { constants } from 'node:os';
import { isatty, WriteStream } from 'node:tty';
import { UserError } from '../errors';
import { escapeText, shown } from '../shown';
import { fileError } from './file-errors';

const descriptor = Number(process.env.STUDIO_MESSAGES ?? 2);
const results = process.env.STUDIO_RESULTS === undefined ? undefined : Number(process.env.STUDIO_RESULTS);
const clearLine = '\r\x1b[K';
let terminal: WriteStream | undefined;
let progressShown = false;

/** Whether the user's stderr is a terminal. */
export const isTerminal = isatty(descriptor);

/** Writes one line for the user to stderr, control characters escaped; a progress bar under it stays whole. */
export function message(line: string): void {
  clearProgress();
  write(`${escapeText(line)}\n`);
}

/**
 * Writes a result to stdout.
 * @throws UserError where stdout cannot be written
 */
export function print(text: string): void {
  clearProgress();
  try {
    if (results === undefined) process.stdout.write(text);
    else writeAll(results, text);
  } catch (error) {
    throw outputError(error);
  }
}

/** EPIPE stays as it is: the reader of stdout has gone, and nobody is to be told. */
const outputError = (error: unknown) =>
  (error as NodeJS.ErrnoException).code === 'EPIPE' ? error : fileError('The output', error, 'written', 'free space');

/** What an update of a run shows; `reward` and `loss` are left out where a job has none. */
export interface Progress {
  /** Done so far, 0 … `total`. */
  step: number;
  total: number;
  /** Seconds since the job began, counting only `step - firstStep` steps. */
  seconds: number;
  /** The step this process began with: above 0 for a resumed run. */
  firstStep?: number;
  reward?: number;
  loss?: number;
  /** What is being done, e.g. `align`. */
  label: string;
}

/** Redraws the progress bar where stderr is a terminal, and does nothing where it is not. */
export function showProgress(progress: Progress): void {
  if (!isTerminal) return;
  terminal ??= new WriteStream(descriptor);
  write(clearLine + progressLine(progress, terminal.columns || 80));
  progressShown = true;
}

/** Removes the progress bar. */
export function clearProgress(): void {
  if (progressShown) write(clearLine);
  progressShown = false;
}

/** `align ━━━━━╸     12/40  reward 0.213  loss 0.402  ETA 1:20`, at most `columns` wide. */
export function progressLine(progress: Progress, columns: number): string {
  const { step, total, seconds, firstStep = 0, reward, loss, label } = progress;
  const parts = [`${step}/${total}`];
  if (reward !== undefined) parts.push(`reward ${reward.toFixed(3)}`);
  if (loss !== undefined) parts.push(`loss ${loss.toFixed(3)}`);
  if (step > firstStep) parts.push(`ETA ${clock((seconds / (step - firstStep)) * (total - step))}`);
  const numbers = parts.join('  ');
  const width = Math.min(30, columns - 1 - label.length - numbers.length - 3);
  if (width < 5) return `${label} ${numbers}`.slice(0, columns - 1);
  const filled = Math.round((width * step) / Math.max(1, total));
  return `${label} ${'━'.repeat(filled)}${'╌'.repeat(width - filled)}  ${numbers}`;
}

/** Seconds as `m:ss` or `h:mm:ss`. */
export function clock(seconds: number): string {
  const whole = Math.round(seconds);
  const [h, m, s] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  const two = (n: number) => String(n).padStart(2, '0');
  return h > 0 ? `${h}:${two(m)}:${two(s)}` : `${m}:${two(s)}`;
}

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
/** Whether a verb has its own way to end; any other process ends at the first signal. */
let handled = false;

/**
 * Calls `handler` once when the user asks to stop (Ctrl-C, SIGTERM, SIGHUP). One Ctrl-C arrives several times, from the
 * terminal, npm and the launcher; a second one after half a second ends the process at once.
 * @param now milliseconds; tests give their own clock
 */
export function onInterrupt(handler: (signal: NodeJS.Signals) => void, now = () => performance.now()): void {
  handled = true;
  let first: number | undefined;
  const interrupted = (signal: NodeJS.Signals) => {
    if (first === undefined) {
      first = now();
      handler(signal);
    } else if (now() - first > 500) {
      endInterrupted(signal);
    }
  };
  for (const signal of SIGNALS) process.on(signal, interrupted);
}

/** Ends the process as one that the signal ended: 130 after Ctrl-C. */
export function endInterrupted(signal: NodeJS.Signals): never {
  return end(128 + constants.signals[signal]);
}

/**
 * Runs the program and ends the process: with code 0, or with code 1 after one line that says what is wrong. A defect
 * of ours leaves its stack in the log and names the log. Ends with the launcher, however that ends.
 */
export async function runMain(main: () => Promise<number | undefined>): Promise<void> {
  process.on('disconnect', () => process.exit(1));
  process.channel?.unref();
  process.on('uncaughtException', fail);
  // A handler, so that locks are released.
  for (const signal of SIGNALS) process.on(signal, () => handled || endInterrupted(signal));
  // Where there is no launcher.
  process.stdout.on('error', (error) => fail(outputError(error)));
  try {
    const code = (await main()) ?? 0;
    await new Promise((resolve) => setImmediate(resolve));
    end(code);
  } catch (error) {
    fail(error);
  }
}

function fail(error: unknown): void {
  const { code } = (error ?? {}) as NodeJS.ErrnoException;
  if (error instanceof UserError) {
    message(error.message.replace(/\s*\n\s*/g, ' '));
    end(1);
  }
  if (code === 'EPIPE') end(1);
  console.error(error);
  const where = process.env.STUDIO_LOG ? ` (details in ${process.env.STUDIO_LOG})` : '';
  const reason = error instanceof Error ? error.message : String(error);
  message(`This is a defect of the program: ${shown(reason.replace(/\s*\n\s*/g, ' '), 200)}${where}`);
  end(1, true);
}

/**
 * Ends the process. The launcher is told first: a native thread that is still computing can hold the process for
 * minutes after its last line, and is then ended by the launcher.
 */
function end(code: number, keepLog = false): never {
  clearProgress();
  process.send?.({ code, keepLog });
  process.exit(code);
}

function write(text: string): void {
  try {
    writeAll(descriptor, text);
  } catch {
    // The user's stderr is closed: there is nobody to tell.
  }
}

/** Writes all of it, also where a pipe or terminal takes it only piece by piece. */
function writeAll(to: number, text: string): void {
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; ) {
    try {
      at += writeSync(to, bytes, at);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error;
      // Its reader is slow.
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 10);
    }
  }
}
