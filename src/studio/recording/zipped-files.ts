/** @file The files of a recorded run that was saved as one zip. Loaded when one is dropped. */
import { UserError } from '../../errors';
import { openZip } from '../../formats/zip';
import { shown } from '../../shown';
import { RECORDING, type RecordingFiles } from './recording-files';

/** Most bytes of a file in a zip: a sheet of pictures is a few hundred kilobytes. */
const MOST = 64 * 2 ** 20;

/**
 * The files of a recording saved as one zip; null where the zip is something else.
 * @throws UserError for a damaged zip
 */
export function zippedFiles(bytes: Uint8Array<ArrayBuffer>, name: string): RecordingFiles | null {
  const files = new Map(openZip(bytes, shown(name)).map((file) => [file.path, file]));
  if (!files.has(RECORDING)) return null;
  return {
    name: shown(name),
    async read(file) {
      const found = files.get(file);
      if (!found) throw new UserError(`${shown(name)} lacks ${shown(file)}, which its recording.json names.`);
      return new Blob([found.read(MOST)]);
    },
  };
}
