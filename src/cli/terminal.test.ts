import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, test, vi } from 'vitest';
import { clock, onInterrupt, progressLine } from './terminal';

const studio = fileURLToPath(new URL('../../scripts/studio.mjs', import.meta.url));
const run = (...args: string[]) => spawnSync(process.execPath, [studio, ...args], { encoding: 'utf8' });

test('the progress line names step, reward, loss and the time left, and fits the terminal', () => {
  const progress = { label: 'align', step: 10, total: 40, seconds: 30, reward: 0.1234, loss: 0.5 };
  const line = progressLine(progress, 100);
  expect(line).toMatch(/^align ━+╌+ {2}10\/40 {2}reward 0\.123 {2}loss 0\.500 {2}ETA 1:30$/);
  for (const columns of [20, 40, 60, 80]) expect(progressLine(progress, columns).length).toBeLessThan(columns);
});

test('the time left of a resumed run counts the steps of this process only', () => {
  const resumed = { label: 'align', step: 30, firstStep: 20, total: 40, seconds: 100 };
  expect(progressLine(resumed, 100)).toContain('ETA 1:40');
  expect(progressLine({ ...resumed, step: 20 }, 100)).not.toContain('ETA');
});

test('times are written as on a clock', () => {
  expect(clock(59.6)).toBe('1:00');
  expect(clock(3725)).toBe('1:02:05');
});

test('interruptions within half a second count once; a later one ends the process at once', () => {
  const exit = vi.spyOn(process, 'exit').mockImplementation(() => undefined as never);
  const before = process.listeners('SIGINT');
  let now = 1000;
  const handler = vi.fn();
  onInterrupt(handler, () => now);
  const [added] = process.listeners('SIGINT').filter((listener) => !before.includes(listener));
  try {
    for (const at of [1000, 1001, 1500]) {
      now = at;
      added('SIGINT');
    }
    expect(handler).toHaveBeenCalledTimes(1);
    expect(exit).not.toHaveBeenCalled();
    now = 1501;
    added('SIGINT');
    expect(exit).toHaveBeenCalledWith(130);
  } finally {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.off(signal, added);
    exit.mockRestore();
  }
});

test('--help lists the verbs on stdout', () => {
  const { status, stdout, stderr } = run('--help');
  expect(status).toBe(0);
  expect(stderr).toBe('');
  for (const verb of ['generate', 'align', 'probe', 'record', 'info']) expect(stdout).toContain(verb);
});

test('an unknown verb is one line on stderr and exit code 1', () => {
  const { status, stdout, stderr } = run('bogus');
  expect(status).toBe(1);
  expect(stdout).toBe('');
  expect(stderr).toMatch(/^Unknown verb "bogus": expected one of generate, align, [a-z, ]+\.\n$/);
});
