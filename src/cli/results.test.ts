/** @file What the file system refuses, half-written files, and places where results must not go. */
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeEach, expect, it, vi } from 'vitest';
import { UserError } from '../errors';
import { fileError, whatLiesAt } from './file-errors';
import { lockFolder } from './folder-lock';
import {
  existingResults,
  refuseExistingFile,
  refuseInside,
  removeResults,
  removeTemporaries,
  writeAtomic,
} from './results';
import { RUN_RESULTS, RunFolder } from './run-folder';
import { put, temporaryFolder } from './testing/harness';

/** The error that the file system gives for a call, where a test wants one. */
const refusing = vi.hoisted(() => ({ call: '', code: '' }));
vi.mock('node:fs', async (original) => {
  const fs = await original<typeof import('node:fs')>();
  const guarded = (call: 'writeSync' | 'renameSync' | 'openSync' | 'readdirSync' | 'appendFileSync' | 'rmSync') =>
    ((...args: never[]) => {
      if (refusing.call === call) throw Object.assign(new Error(`${refusing.code}: refused`), { code: refusing.code });
      return (fs[call] as (...args: never[]) => unknown)(...args);
    }) as never;
  const calls = ['writeSync', 'renameSync', 'openSync', 'readdirSync', 'appendFileSync', 'rmSync'] as const;
  return { ...fs, ...Object.fromEntries(calls.map((call) => [call, guarded(call)])) };
});

const temporary = temporaryFolder();
afterAll(() => rmSync(temporary, { recursive: true }));
const at = (...names: string[]) => join(temporary, ...names);
beforeEach(() => {
  refusing.call = '';
  rmSync(at('out'), { recursive: true, force: true });
  mkdirSync(at('out'));
});
function refuse(call: string, code: string) {
  refusing.call = call;
  refusing.code = code;
}
const DEAD = 2 ** 22 + 1;

it.each([
  ['ENOSPC', 'the disk is full; free space, or choose another place.'],
  ['EDQUOT', 'the disk quota is used up; free space, or choose another place.'],
  ['EACCES', 'no permission.'],
  ['EPERM', 'no permission.'],
  ['EROFS', 'the file system is read-only.'],
  ['ENOTDIR', 'a file stands where a folder is expected.'],
  ['EISDIR', 'a folder stands where a file is expected.'],
  ['ENAMETOOLONG', 'the name is too long.'],
  ['ELOOP', 'its links lead round in a circle.'],
  ['EIO', 'the disk reports an error.'],
  ['ESTRANGE', 'ESTRANGE.'],
])('%s is a sentence, and nothing half written stays', (code, reason) => {
  for (const call of ['openSync', 'writeSync', 'renameSync']) {
    refuse(call, code);
    expect(() => writeAtomic(at('out/a.png'), 'bytes')).toThrow(`${at('out/a.png')} cannot be written: ${reason}`);
    refusing.call = '';
    expect(readdirSync(at('out')), call).toEqual([]);
  }
});

it('only a run is told to go on with --resume', () => {
  const folder = new RunFolder(at('out'));
  refuse('writeSync', 'ENOSPC');
  expect(() => folder.write('run.json', '{}')).toThrow(/the disk is full; free space and go on with --resume\.$/);
  refuse('appendFileSync', 'ENOSPC');
  expect(() => folder.appendMetrics({} as never)).toThrow(/metrics.jsonl cannot.*go on with --resume\.$/);
  expect(fileError('a', Object.assign(new Error(), { code: 'ENOSPC' })).message).not.toContain('--resume');
});

it('a long path is shortened and an odd one escaped', () => {
  const { message } = fileError(`${'x/'.repeat(300)}\n\u001b[31m.png`, { code: 'EACCES' });
  expect(message).toMatch(/^x\/x.*…x?.*\\n\\u001b\[31m.png cannot be written: no permission\.$/);
  expect(message.length).toBeLessThan(200);
});

it('names up to the longest that a file system takes can be written', () => {
  const name = 'n'.repeat(255);
  writeAtomic(at('out', name), 'whole');
  expect(readFileSync(at('out', name), 'utf8')).toBe('whole');
  expect(() => writeAtomic(at('out', `${name}n`), '')).toThrow(/cannot be written: the name is too long\.$/);
});

it('a link stays a link, and one that leads nowhere is refused', () => {
  put(at('out/target'), 'before');
  symlinkSync('target', at('out/link'));
  writeAtomic(at('out/link'), 'after');
  expect([readlinkSync(at('out/link')), readFileSync(at('out/target'), 'utf8')]).toEqual(['target', 'after']);
  symlinkSync('nowhere', at('out/dangling'));
  expect(() => refuseExistingFile(at('out/dangling'), true)).toThrow('is a link to a place that does not exist.');
  expect(() => existingResults(at('out/dangling'), [])).toThrow('is a link to a place that does not exist.');
  symlinkSync('loop', at('out/loop'));
  expect(() => whatLiesAt(at('out/loop'))).toThrow('cannot be read: its links lead round in a circle.');
});

it('a device is never replaced', () => {
  expect(() => refuseExistingFile('/dev/null', true)).toThrow('/dev/null is a device, expected a file to write.');
});

it('a folder that cannot be listed is a sentence; other unreadable folders in it are nobody’s business', () => {
  refuse('readdirSync', 'EACCES');
  expect(() => existingResults(at('out'), RUN_RESULTS)).toThrow(`${at('out')} cannot be read: no permission.`);
  refusing.call = '';
  put(at('out/private/run.json'), 'mine');
  chmodSync(at('out/private'), 0);
  expect(existingResults(at('out'), RUN_RESULTS)).toEqual([]);
  chmodSync(at('out/private'), 0o700);
});

it('--force removes every result of a run and nothing else', () => {
  const folder = new RunFolder(at('out'));
  const results = [folder.sample(2), folder.keptLora(10), 'run.json', 'lora/pytorch_lora_weights.safetensors'];
  for (const name of [...results, 'notes.txt', 'samples/mine.png', 'deep/run.json']) put(at('out', name), 'x');
  expect(existingResults(at('out'), RUN_RESULTS)).toEqual([...results].sort());
  removeResults(at('out'), RUN_RESULTS);
  expect(existingResults(at('out'), [/./])).toEqual(['notes.txt']);
  expect([existsSync(at('out/samples/mine.png')), existsSync(at('out/deep/run.json'))]).toEqual([true, true]);
});

it('half-written results of killed processes are removed, those of others that run are not', () => {
  const stale = [
    `.snapshot.safetensors.${DEAD}.tmp`,
    `samples/.step-000002.png.${DEAD}.tmp`,
    '.run.json.1.tmp',
    `.x.${DEAD}.tmp`,
  ];
  const kept = [`.other.png.${process.ppid}.tmp`, '.hidden', 'a.tmp'];
  for (const name of [...stale, ...kept]) put(at('out', name), 'half');
  removeTemporaries(at('out'), RUN_RESULTS);
  expect(readdirSync(at('out'), { recursive: true, encoding: 'utf8' }).sort()).toEqual([...kept, 'samples'].sort());
});

it('nothing is written into a bundle', () => {
  mkdirSync(at('out/bundle/transformer'), { recursive: true });
  symlinkSync('bundle', at('out/alias'));
  for (const inside of ['out/bundle', 'out/bundle/new/folder', 'out/alias/x', 'out/bundle/transformer/../y'])
    expect(() => refuseInside(at(inside), at('out/bundle')), inside).toThrow(
      /lies in the bundle .*choose a place outside/,
    );
  for (const outside of ['out', 'out/bundle-2', 'out/bundle/../x', 'out/..bundle'])
    expect(() => refuseInside(at(outside), at('out/bundle')), outside).not.toThrow();
});

it('one process has a folder; a dead one’s lock, and half a lock, block nobody', async () => {
  const release = await lockFolder(at('out/new'));
  expect(readdirSync(at('out/new'))).toEqual(['run.lock']);
  expect(JSON.parse(readFileSync(at('out/new/run.lock'), 'utf8')).pid).toBe(process.pid);
  release();
  expect(readdirSync(at('out/new'))).toEqual([]);
  for (const content of [JSON.stringify({ pid: DEAD, started: '1' }), '{"pid":', '']) {
    put(at('out/new/run.lock'), content);
    (await lockFolder(at('out/new')))();
    expect(readdirSync(at('out/new'))).toEqual([]);
  }
});

it('a folder that is held, is a file or cannot be written is refused', async () => {
  put(at('out/run.lock'), JSON.stringify({ pid: process.ppid }));
  await expect(lockFolder(at('out'), 0)).rejects.toThrow(
    `Another process (${process.ppid}) is at work in ${at('out')}: stop it first, or choose another folder.`,
  );
  put(at('out/file'), '');
  await expect(lockFolder(at('out/file'))).rejects.toThrow('a file stands where a folder is expected.');
  await expect(lockFolder(at('out/file/below'))).rejects.toThrow('a file stands where a folder is expected.');
  await expect(lockFolder('/proc/none')).rejects.toThrow(UserError);
  expect(() => writeAtomic('/proc/none/below/file', '')).toThrow('/proc/none/below/file cannot be written: ');
});
