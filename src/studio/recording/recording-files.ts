/** @file Where the files of a recorded run come from: a folder of the site, or one zip that somebody dropped (zipped-files.ts). */
import { UserError } from '../../errors';

export interface RecordingFiles {
  /** What to call it in a sentence. */
  name: string;
  /** @throws UserError where the file is missing or cannot be read */
  read(file: string): Promise<Blob>;
}

/** Name of the file that every recording has. */
export const RECORDING = 'recording.json';

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
