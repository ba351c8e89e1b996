/**
 * @file A stored set as the pictures that a run trains from: what the base that is open has not encoded yet is encoded
 * first, and kept.
 */
import { encodePictures } from '../align/encode-pictures';
import type { Pipeline } from '../align/pipeline';
import { otherPictures } from '../align/trainer';
import { decodePng, type RgbaPicture } from '../formats/png';
import { coverOf } from '../pictures/cover';
import { fingerprintOf, type PictureSource } from '../pictures/source';
import { getLatents, getPicture, type PictureId, pictureNames, putLatents } from '../storage/pictures';

/**
 * The set of this name; null where there is none.
 * @param baseHash of the base that is open
 * @throws UserError where a picture is damaged or the browser has no room for latents
 */
export async function openStoredPictures(
  pipeline: Pipeline,
  set: string,
  baseHash: string,
  onProgress: (done: number, total: number) => void = () => {},
): Promise<PictureSource | null> {
  const { width, height } = pipeline.model.bundle.image;
  const base = `${baseHash} ${width} × ${height}`;
  const pictures: (PictureId & { caption: string })[] = [];
  const missing: PictureId[] = [];
  for (const name of await pictureNames(set)) {
    const { caption, hash } = await getPicture(set, name);
    const picture = { set, name, caption, hash };
    pictures.push(picture);
    if ((await getLatents(picture, base)) === undefined) missing.push(picture);
  }
  if (pictures.length === 0) return null;
  if (missing.length > 0) {
    await encodePictures(pipeline, {
      count: missing.length,
      read: async (i) => rgbOf(await fitted(await read(missing[i]), width, height)),
      keep: (i, latents) => putLatents(missing[i], base, latents),
      onProgress,
    });
  }
  return {
    count: pictures.length,
    fingerprint: await fingerprintOf(pictures),
    caption: (i) => pictures[i].caption,
    async latents(indices) {
      const { latentSize } = pipeline.model;
      const rows = new Float32Array(indices.length * latentSize);
      for (const [row, i] of indices.entries()) {
        const latents = await getLatents(pictures[i], base);
        // It was removed, or replaced, while the run trained.
        if (latents?.length !== latentSize) throw otherPictures(set);
        rows.set(latents, row * latentSize);
      }
      return rows;
    },
  };
}

const read = async ({ set, name }: PictureId) => decodePng((await getPicture(set, name)).file, name);

/** The picture at the base's size; sets that were stored for another base are scaled once more. */
async function fitted(picture: RgbaPicture, width: number, height: number): Promise<RgbaPicture> {
  if (picture.width === width && picture.height === height) return picture;
  const bitmap = await createImageBitmap(new ImageData(picture.data, picture.width, picture.height));
  const data = coverOf(bitmap, width, height);
  bitmap.close();
  return { width, height, data };
}

function rgbOf({ data }: RgbaPicture): Uint8Array {
  const rgb = new Uint8Array((data.length / 4) * 3);
  for (let i = 0, j = 0; i < data.length; i += 4) {
    for (let c = 0; c < 3; c++) rgb[j++] = data[i + c];
  }
  return rgb;
}
