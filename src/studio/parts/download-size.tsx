/** @file What a button would download: ` (downloads 76 MB once)`, nothing where all of it is here. */
import { bytes } from '../numbers/in-words';
import { useStudio } from '../state/store';

export function DownloadSize() {
  const size = useStudio((state) => state.downloadBytes);
  return size ? <small> (downloads {bytes(size)} once)</small> : null;
}
