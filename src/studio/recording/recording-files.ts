/** @file Where the files of a recorded run come from: a folder of the site, or one zip that somebody dropped. */
import { UserError } from '../../errors';
import { openZip } from '../../formats/zip';
import { shown } from '../../shown';

export interface RecordingFiles {
  /** What to call it in a sentence. */
  name: string;
  /** @throws UserError where the file is missing or cannot be read */
  read(file: string): Promise<Blob>;
}

/** Name of the file that every recording has. */
export const RECORDING = 'recording.json';

/** Most bytes of a file in a zip: a sheet of pictures is a few hundred kilobytes. */
const MOST = 64 * 2 ** 20;

/** @param base folder below our own origin, ending in `/` */
export const siteFiles = (base: string): RecordingFiles => ({
  name: base,
  async read(file) {
    const response = await fetch(base + file);
    if (!response.ok)
      throw new UserError(`${base}${file} answered ${response.status}, expected a file of a recorded run.`);
    return response.blob();
  },
});

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
