/**
 * @file The program's side of the terminal: messages and progress on stderr, interruption, and the last line of an
 * error. Results go to stdout, which this file never touches.
 *
 * scripts/run-program.mjs sends native noise to a log by giving descriptor 2 away; it passes the user's stderr as the
 * descriptor named in STUDIO_MESSAGES and the log's path in STUDIO_LOG.
 */
import { writeSync } from 'node:fs';
import { isatty, WriteStream } from 'node:tty';
import { UserError } from '../errors';

const descriptor = Number(process.env.STUDIO_MESSAGES ?? 2);
const clearLine = '\r\x1b[K';
let terminal: WriteStream | undefined;
let progressShown = false;

/** Whether the user's stderr is a terminal. */
export const isTerminal = isatty(descriptor);

/** Writes one line for the user to stderr; a progress bar under it stays whole. */
export function message(line: string): void {
  clearProgress();
  write(`${line}\n`);
}

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

/**
 * Calls `handler` once when the user asks to stop (Ctrl-C, SIGTERM, SIGHUP). One Ctrl-C arrives several times, from the
 * terminal, npm and the launcher; a second one after half a second ends the process at once, with code 130.
 * @param now milliseconds; tests give their own clock
 */
export function onInterrupt(handler: () => void, now = () => performance.now()): void {
  let first: number | undefined;
  const interrupted = () => {
    if (first === undefined) {
      first = now();
      handler();
    } else if (now() - first > 500) {
      clearProgress();
      process.exit(130);
    }
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, interrupted);
}

/**
 * Runs the program and ends the process: with code 0, or with code 1 after one line that says what is wrong. A defect
 * of ours leaves its stack in the log and names the log. Ends with the launcher, however that ends.
 */
export async function runMain(main: () => Promise<number | undefined>): Promise<void> {
  process.on('disconnect', () => process.exit(1));
  process.channel?.unref();
  process.on('uncaughtException', fail);
  try {
    const code = (await main()) ?? 0;
    clearProgress();
    process.exit(code);
  } catch (error) {
    fail(error);
  }
}

function fail(error: unknown): void {
  if (error instanceof UserError) {
    message(oneLine(error.message));
    process.exit(1);
  }
  if ((error as NodeJS.ErrnoException)?.code === 'EPIPE') process.exit(1);
  console.error(error);
  const where = process.env.STUDIO_LOG ? ` (details in ${process.env.STUDIO_LOG})` : '';
  message(`${oneLine(`This is a defect of the program: ${error instanceof Error ? error.message : error}`)}${where}`);
  if (process.send) process.send('keep-log', () => process.exit(1));
  else process.exit(1);
}

function oneLine(text: string): string {
  return text.replace(/\s*\n\s*/g, ' ');
}

function write(text: string): void {
  try {
    writeSync(descriptor, text);
  } catch {
    // The user's stderr is closed: there is nobody to tell.
  }
}
