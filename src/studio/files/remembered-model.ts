/** @file The user's own model of an earlier visit: remembered by the handles of its files, opened again by one press. */
import { UserError } from '../../errors';
import { shown } from '../../shown';
import { type OwnBaseRecord, saveOwnBase } from '../../storage/own-base';
import type { DroppedFile } from './dropped-file';
import { fileAt, mayRead } from './file-handles';

/** Keeps where the files are; without handles of all of them nothing is kept. */
export async function rememberModel(name: string, options: OwnBaseRecord['options'], files: readonly DroppedFile[]) {
  const origins = files.flatMap(({ from }) => from ?? []);
  if (origins.length < files.length) return;
  const handles = [...new Set(origins.map(({ handle }) => handle))];
  await saveOwnBase({
    version: 1,
    ...{ name, options, handles },
    files: files.map(({ path, from }) => ({ path, handle: handles.indexOf(from!.handle), within: from!.path })),
  });
}

/**
 * The files as they are now. To be called while a press is handled: the browser may ask.
 * @throws UserError where that was refused, or a file is gone
 */
export async function filesAgain({ name, files, handles }: OwnBaseRecord): Promise<DroppedFile[]> {
  if (!(await mayRead(handles)))
    throw new UserError(`The browser may not read “${shown(name)}”: allow it, or drop the files again.`);
  return Promise.all(
    files.map(async ({ path, handle, within }) => {
      const from = { handle: handles[handle], path: within };
      return { path, file: await fileAt(from), from };
    }),
  );
}
