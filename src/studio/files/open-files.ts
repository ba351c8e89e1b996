/** @file Opens files that were dropped or chosen. What opens them is loaded with the first one. */
import type { DroppedFile } from './dropped-file';

/**
 * Imports everything in `files`.
 * @throws UserError naming the first file that cannot be used and what was expected
 */
export async function openFiles(files: DroppedFile[]): Promise<void> {
  const { importFiles } = await import('./import-files');
  return importFiles(files);
}
