/** @file The browser's own dialogs for choosing files or a folder. */
import type { DroppedFile } from './dropped-file';
import { chooseHandles } from './file-handles';

/** Files the user chose, with their path inside a chosen folder; empty where the dialog was closed. */
function choose(folder: boolean): Promise<DroppedFile[]> {
  return new Promise((resolve) => {
    const input = document.createElement('input');
    input.type = 'file';
    input.multiple = true;
    input.webkitdirectory = folder;
    input.addEventListener('change', () =>
      resolve([...(input.files ?? [])].map((file) => ({ path: file.webkitRelativePath || file.name, file }))),
    );
    input.addEventListener('cancel', () => resolve([]));
    input.click();
  });
}

/** For what is to be read again on a later visit, where the browser can. */
export const pickModel = async (folder: boolean) => (await chooseHandles(folder)) ?? choose(folder);

export const pickFiles = () => choose(false);
export const pickFolder = () => choose(true);
