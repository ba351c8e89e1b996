/** @file scripts/run-program.mjs with src/cli/terminal.ts: what passes through, and how a program ends. */
import { spawn, spawnSync } from 'node:child_process';
import { closeSync, existsSync, openSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { expect, test } from 'vitest';
import { userCache } from '../../scripts/user-cache.mjs';

const launcher = `
  const { buildNode } = await import('./scripts/build-node.mjs');
  const { runProgram } = await import('./scripts/run-program.mjs');
  process.exitCode = await runProgram(await buildNode('launcher-test', 'src/cli/testing/program.ts'), process.argv.slice(1));`;

const launching = (behaviour: string) => ['--input-type=module', '-e', launcher, behaviour];

/**
 * Starts the launcher. `firstOutput` and `firstMessage` resolve with the first text on stdout and stderr, `end` when
 * the launcher has ended and stdout is closed by everyone, the program it started included.
 */
function launch(behaviour: string) {
  const child = spawn(process.execPath, launching(behaviour));
  const output = { stdout: '', stderr: '' };
  const first = (stream: Readable) =>
    new Promise<string>((resolve) => stream.once('data', (text) => resolve(String(text))));
  const [firstOutput, firstMessage] = [first(child.stdout), first(child.stderr)];
  child.stdout.on('data', (text) => (output.stdout += text));
  child.stderr.on('data', (text) => (output.stderr += text));
  const end = new Promise<{ code: number | null; stdout: string; stderr: string }>((resolve) =>
    child.on('close', (code) => resolve({ code, ...output })),
  );
  return { child, firstOutput, firstMessage, end };
}

test('results, messages and the exit code pass through; native noise does not', async () => {
  expect(await launch('code').end).toEqual({ code: 7, stdout: 'result\n', stderr: 'a message\n' });
});

test('an error for the user is one line and exit code 1', async () => {
  expect(await launch('wrong').end).toEqual({ code: 1, stdout: '', stderr: 'No such thing: expected another.\n' });
});

test.each([
  ['defect', /^This is a defect of the program: something is undefined \(details in (.*)\)\n$/, 'program.ts'],
  ['crash', /^The program was ended by SIGSEGV; the driver's messages are in (.*)\n$/, 'driver: assertion failed'],
])('after a %s one line names the log, which holds the details', async (behaviour, line, details) => {
  const { code, stderr } = await launch(behaviour).end;
  expect(code).toBe(1);
  expect(stderr).toMatch(line);
  const log = line.exec(stderr)![1];
  expect(readFileSync(log, 'utf8')).toContain(details);
  rmSync(log);
});

test('an interruption that arrives several times together reaches the program once', async () => {
  const { child, firstOutput, firstMessage, end } = launch('interrupt');
  const pid = Number(await firstOutput);
  child.kill('SIGINT');
  await firstMessage;
  child.kill('SIGINT');
  process.kill(pid, 'SIGINT');
  child.stdin.end();
  expect(await end).toMatchObject({ code: 0, stderr: 'interrupted 1 time\n' });
});

test('a program that has said its last ends, whatever its threads still do', async () => {
  expect(await launch('stuck').end).toEqual({ code: 7, stdout: 'result\n', stderr: '' });
});

test('stdout that is full is a sentence, one that nobody reads is none', async () => {
  const full = openSync('/dev/full', 'w');
  const { status, stderr } = spawnSync(process.execPath, launching('full'), {
    stdio: ['pipe', full, 'pipe'],
    encoding: 'utf8',
  });
  expect([status, stderr]).toEqual([1, 'The output cannot be written: the disk is full; free space.\n']);
  closeSync(full);
  const { child, end } = launch('full');
  child.stdout.destroy();
  expect(await end).toEqual({ code: 1, stdout: '', stderr: '' });
});

test('the program does not outlive its launcher', async () => {
  const { child, firstOutput, end } = launch('endless');
  await firstOutput;
  child.kill('SIGKILL');
  // The program holds stdout open as long as it lives.
  await end;
  const log = join(userCache('logs')!, `${child.pid}.log`);
  expect(existsSync(log)).toBe(true);
  rmSync(log);
});
