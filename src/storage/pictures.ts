/**
 * @file Sets of pictures to train from: a record a picture, under its set's name and its own, and a record with its
 * latents once a base has encoded it. A set is there as long as it has pictures.
 */
import { UserError } from '../errors';
import { below, promisifyRequest, read, readKeys, transact, write } from './database';
import { parseRecord } from './parse-record';
import type { LatentsRecord, PictureRecord } from './records';

export interface PictureSet {
  name: string;
  count: number;
}

/** Every set, by name. */
export async function listPictureSets(): Promise<PictureSet[]> {
  const counts = new Map<string, number>();
  for (const [, set] of await readKeys('picture')) counts.set(String(set), (counts.get(String(set)) ?? 0) + 1);
  return [...counts].map(([name, count]) => ({ name, count }));
}

/** The names of a set's pictures, in order; empty where there is no such set. */
export async function pictureNames(set: string): Promise<string[]> {
  return (await readKeys('picture', set)).map(([, , name]) => String(name));
}

/** @throws UserError where the record is damaged, or the picture is gone */
export async function getPicture(set: string, name: string): Promise<PictureRecord> {
  const value = await read(['picture', set, name]);
  if (value === undefined) throw gone(set, name);
  return parseRecord('picture', value);
}

/** Stores a picture, in place of one of its name. @throws UserError where the browser has no room */
export async function putPicture(picture: PictureRecord): Promise<void> {
  await write(['picture', picture.set, picture.name], picture);
}

/** @throws UserError where the picture is gone */
export async function setCaption(set: string, name: string, caption: string): Promise<void> {
  await transact('readwrite', async (records) => {
    const value = await promisifyRequest(records.get(['picture', set, name]));
    if (value === undefined) throw gone(set, name);
    records.put({ ...parseRecord('picture', value), caption }, ['picture', set, name]);
  });
}

/** Removes a picture, or the whole set, and what was encoded of it. */
export async function removePictures(set: string, name?: string): Promise<void> {
  const which = name === undefined ? [set] : [set, name];
  await transact('readwrite', (records) => {
    records.delete(below('picture', ...which));
    records.delete(below('latents', ...which));
  });
}

/** The latents that this base made of the picture as it is now; undefined where there are none. */
export async function getLatents(
  { set, name, hash }: PictureId,
  base: string,
): Promise<Float32Array<ArrayBuffer> | undefined> {
  const value = await read(['latents', set, name]);
  if (value === undefined) return undefined;
  const record = parseRecord('latents', value);
  return record.hash === hash && record.base === base ? record.latents : undefined;
}

/** A picture as it is: another one may take its name. */
export type PictureId = Pick<PictureRecord, 'set' | 'name' | 'hash'>;

/** @throws UserError where the browser has no room */
export async function putLatents(
  { set, name, hash }: PictureId,
  base: string,
  latents: Float32Array<ArrayBuffer>,
): Promise<void> {
  const record: LatentsRecord = { version: 1, set, name, hash, base, latents };
  await write(['latents', set, name], record);
}

const gone = (set: string, name: string) =>
  new UserError(`The picture “${name}” of the set “${set}” is no longer here: add it again, or choose another set.`);
