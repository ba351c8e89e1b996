import { expect, it, vi } from 'vitest';
import { UserError } from '../../errors';
import type { OwnBaseRecord } from '../../storage/own-base';
import { from } from './file-origin';
import { filesAgain, rememberModel } from './remembered-model';

const kept = vi.hoisted(() => ({ record: null as OwnBaseRecord | null }));
vi.mock('../../storage/own-base', () => ({
  saveOwnBase: async (record: OwnBaseRecord) => {
    kept.record = record;
  },
}));

type Tree = { [name: string]: string | Tree };

/** A folder's handle over what `tree` holds when it is read. */
function folder(name: string, tree: Tree, permission: PermissionState = 'granted'): FileSystemDirectoryHandle {
  const missing = () => Promise.reject(new DOMException('gone', 'NotFoundError'));
  return {
    ...{ kind: 'directory', name },
    queryPermission: async () => 'prompt',
    requestPermission: async () => permission,
    getDirectoryHandle: async (inner: string) =>
      typeof tree[inner] === 'object' ? folder(inner, tree[inner]) : missing(),
    getFileHandle: async (inner: string) => {
      const content = tree[inner];
      return typeof content === 'string' ? { getFile: async () => new File([content], inner) } : missing();
    },
  } as unknown as FileSystemDirectoryHandle;
}

const single = (name: string, content: string) =>
  ({ kind: 'file', name, getFile: async () => new File([content], name) }) as unknown as FileSystemFileHandle;

/** As they were taken: paths in the bundle, whatever the folder was called. */
async function taken(permission?: PermissionState) {
  const tree: Tree = { vae: { 'config.json': '{}' }, transformer: { 'a.gguf': 'old' } };
  const top = folder('my-flux', tree, permission);
  const dropped = from(top, [
    { path: 'my-flux/vae/config.json', file: new File(['{}'], 'config.json') },
    { path: 'my-flux/transformer/a.gguf', file: new File(['old'], 'a.gguf') },
  ]).map((file) => ({ ...file, path: file.path.slice('my-flux/'.length) }));
  const loose = from(single('b.safetensors', 'words'), [{ path: 'b.safetensors', file: new File([''], 'b') }]);
  await rememberModel('my-flux', { quantise: 'Q8_0' }, [
    ...dropped,
    ...loose.map((file) => ({ ...file, path: 'embeddings.safetensors' })),
  ]);
  return tree;
}

it('finds each file where it was, with what it holds now', async () => {
  const tree = await taken();
  expect(kept.record).toMatchObject({ name: 'my-flux', options: { quantise: 'Q8_0' } });
  expect(kept.record!.handles).toHaveLength(2);
  (tree.transformer as Tree)['a.gguf'] = 'new';
  const files = await filesAgain(kept.record!);
  const read = await Promise.all(files.map(async ({ path, file }) => [path, await file.text()]));
  expect(read).toEqual([
    ['vae/config.json', '{}'],
    ['transformer/a.gguf', 'new'],
    ['embeddings.safetensors', 'words'],
  ]);
  // And it is remembered once more from what was found.
  const before = kept.record;
  kept.record = null;
  await rememberModel('my-flux', { quantise: 'Q8_0' }, files);
  expect(kept.record).toEqual(before);
});

it('says what is gone, and what was not allowed', async () => {
  const tree = await taken();
  delete (tree.transformer as Tree)['a.gguf'];
  await expect(filesAgain(kept.record!)).rejects.toThrow(
    new UserError('my-flux/transformer/a.gguf is no longer where it was: drop or choose the files again.'),
  );
  await taken('denied');
  await expect(filesAgain(kept.record!)).rejects.toThrow(
    'The browser may not read “my-flux”: allow it, or drop the files again.',
  );
});

it('remembers nothing of files that came without handles', async () => {
  kept.record = null;
  await rememberModel('x', undefined, [{ path: 'transformer/a.gguf', file: new File([''], 'a.gguf') }]);
  expect(kept.record).toBeNull();
});
