/** @file scripts/run-program.mjs with src/cli/terminal.ts: what passes through, and how a program ends. */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { expect, test } from 'vitest';

const launcher = `
  const { buildNode } = await import('./scripts/build-node.mjs');
  const { runProgram } = await import('./scripts/run-program.mjs');
  process.exitCode = await runProgram(await buildNode('launcher-test', 'src/cli/testing/program.ts'), process.argv.slice(1));`;

/** Starts the launcher; `firstOutput` resolves with the first text on stdout, `end` when it has ended. */
function launch(behaviour: string) {
  const child = spawn(process.execPath, ['--input-type=module', '-e', launcher, behaviour]);
  const output = { stdout: '', stderr: '' };
  const firstOutput = new Promise<string>((resolve) => child.stdout.on('data', (text) => resolve(String(text))));
  child.stdout.on('data', (text) => (output.stdout += text));
  child.stderr.on('data', (text) => (output.stderr += text));
  const end = new Promise<{ code: number | null; stdout: string; stderr: string }>((resolve) =>
    child.on('close', (code) => resolve({ code, ...output })),
  );
  return { child: child as ChildProcess, firstOutput, end };
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
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
  const { child, firstOutput, end } = launch('interrupt');
  const pid = Number(await firstOutput);
  child.kill('SIGINT');
  child.kill('SIGINT');
  process.kill(pid, 'SIGINT');
  expect(await end).toMatchObject({ code: 0, stderr: 'interrupted 1 time\n' });
});

test('the program does not outlive its launcher', async () => {
  const { child, firstOutput, end } = launch('interrupt');
  const pid = Number(await firstOutput);
  child.kill('SIGKILL');
  await end;
  await expect.poll(() => isAlive(pid), { timeout: 5000 }).toBe(false);
  expect(existsSync(`.cache/logs/${child.pid}.log`)).toBe(true);
  rmSync(`.cache/logs/${child.pid}.log`);
});
