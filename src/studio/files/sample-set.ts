/** @file Fetches the set of pictures that comes with the studio and stores it like any other. */
import { UserError } from '../../errors';
import { METADATA, parseMetadata } from '../../pictures/captions';
import { SAMPLE_SET } from '../state/sample-set';
import type { DroppedFile } from './dropped-file';
import { importPictures } from './import-pictures';

/** Files fetched at once. */
const AT_ONCE = 6;

/** @throws UserError where a file is not there, as without a network */
export async function addSampleSet(): Promise<void> {
  const { name: set } = SAMPLE_SET;
  const metadata = await fetchFile(set, METADATA);
  const names = [...parseMetadata(await metadata.text(), METADATA).keys()];
  const files: DroppedFile[] = [];
  for (let first = 0; first < names.length; first += AT_ONCE) {
    const some = names.slice(first, first + AT_ONCE);
    const fetched = await Promise.all(some.map((name) => fetchFile(set, name)));
    files.push(...fetched.map((file, i) => ({ path: `${set}/${some[i]}`, file })));
  }
  await importPictures([{ path: `${set}/${METADATA}`, file: metadata }, ...files]);
}

async function fetchFile(set: string, name: string): Promise<File> {
  const url = new URL(`pictures/${set}/${name}`, document.baseURI);
  const response = await fetch(url).catch(() => null);
  if (!response?.ok) {
    throw new UserError(
      `The sample set cannot be fetched (${name}${response ? ` answered ${response.status}` : ''}): check the connection and try again.`,
    );
  }
  return new File([await response.blob()], name);
}
