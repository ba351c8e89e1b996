import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { UserError } from '../errors';
import { dirSource } from './dir-source';
import { type FileSource, memorySource } from './file-source';

const folder = mkdtempSync(join(tmpdir(), 'dir-source-'));
mkdirSync(join(folder, 'sub'));
writeFileSync(join(folder, 'sub/a.bin'), Uint8Array.of(1, 2, 3, 4, 5));
writeFileSync(join(folder, 'empty'), '');
afterAll(() => rmSync(folder, { recursive: true }));

const sources: [string, FileSource][] = [
  ['a folder', dirSource(folder)],
  ['memory', memorySource('memory', { 'sub/a.bin': Uint8Array.of(1, 2, 3, 4, 5), empty: '' })],
];

describe.each(sources)('%s as a file source', (_, source) => {
  it('tells sizes', async () => {
    expect(await source.size('sub/a.bin')).toBe(5);
    expect(await source.size('empty')).toBe(0);
    expect(await source.size('sub')).toBeUndefined();
    expect(await source.size('sub/b.bin')).toBeUndefined();
    expect(await source.size('sub/a.bin/b')).toBeUndefined();
  });

  it('reads files and ranges', async () => {
    expect([...(await source.read('sub/a.bin'))]).toEqual([1, 2, 3, 4, 5]);
    expect([...(await source.read('sub/a.bin', 1, 3))]).toEqual([2, 3]);
    expect([...(await source.read('sub/a.bin', 4))]).toEqual([5]);
    expect((await source.read('empty')).length).toBe(0);
  });

  it('names files that are missing or too short', async () => {
    for (const path of ['sub/b.bin', 'sub/a.bin/b']) {
      await expect(source.read(path)).rejects.toThrow(UserError);
      await expect(source.read(path)).rejects.toThrow(`${source.describe}: file ${path} is missing.`);
    }
    await expect(source.read('sub/a.bin', 0, 6)).rejects.toThrow('file sub/a.bin has 5 bytes, expected at least 6');
  });
});

describe('a folder as a file source', () => {
  it('reads nothing outside it, and no folders', async () => {
    const source = dirSource(join(folder, 'sub'));
    await expect(source.read('../empty')).rejects.toThrow('../empty is outside the folder');
    await expect(source.size('/etc/passwd')).rejects.toThrow(UserError);
    await expect(dirSource(folder).read('sub')).rejects.toThrow('sub is not a file');
  });

  it('may be missing altogether', async () => {
    expect(await dirSource(join(folder, 'none')).size('bundle.json')).toBeUndefined();
  });

  it('tells a file that the system refuses from one that is missing', async () => {
    symlinkSync('loop', join(folder, 'loop'));
    const source = dirSource(folder);
    await expect(source.size('loop')).rejects.toThrow(UserError);
    await expect(source.size('loop')).rejects.toThrow('file loop cannot be read (ELOOP).');
    await expect(source.read('loop')).rejects.toThrow('file loop cannot be read (ELOOP).');
    await expect(source.size('a\0b')).rejects.toThrow('file a\\u0000b cannot be read');
  });

  it('allocates nothing for a range beyond the file', async () => {
    await expect(dirSource(folder).read('sub/a.bin', 0, 2 ** 52)).rejects.toThrow('has 5 bytes, expected at least');
  });
});
