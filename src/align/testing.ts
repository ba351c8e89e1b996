/** @file A bundle opened for the tests of a file. */
import { dirSource } from '../formats/dir-source';
import { openBundle } from '../models/bundle';
import { openText } from '../models/open-text';
import type { TextEncoder } from '../models/text-encoder';
import { type Model, openModel } from './model';

export const NANO = 'public/bundles/nano';

/** Model and text encoder of a bundle; whoever opens it disposes of the encoder. */
export async function openForTest(folder = NANO): Promise<{ model: Model; text: TextEncoder }> {
  const bundle = await openBundle(dirSource(folder));
  const model = await openModel(bundle);
  return { model, text: await openText(bundle) };
}
