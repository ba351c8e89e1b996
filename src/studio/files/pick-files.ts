/** @file The browser's own dialogs for choosing files or a folder. */
import type { DroppedFile } from './dropped-file';

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

export const pickFiles = () => choose(false);
export const pickFolder = () => choose(true);
