/** @file Choosing files that are to be read again on a later visit, where the browser can. */
import { chooseHandles } from './file-handles';
import { pickFiles, pickFolder } from './pick-files';

export const pickModel = async (folder: boolean) =>
  (await chooseHandles(folder)) ?? (folder ? pickFolder() : pickFiles());
