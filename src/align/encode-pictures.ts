/**
 * @file Encodes pictures to clean latents, a few at a time: what a run trains from in place of rollouts.
 */
import { UserError } from '../errors';
import { allFinite } from './not-finite';
import type { Pipeline } from './pipeline';

/** Pictures encoded at once. */
const ROWS = 8;

export interface PicturesToEncode {
  count: number;
  /** RGB of picture i, [height, width, 3] of the bundle's size, 0 … 255; null where it cannot be had. */
  read(i: number): Promise<Uint8Array | null>;
  /** Takes the packed latents of picture i, where it could be had, [image tokens, in_channels]; in order. */
  keep(i: number, latents: Float32Array<ArrayBuffer>): void | Promise<void>;
  onProgress?(done: number, total: number): void;
}

/**
 * Encodes every picture, in order; no more than a batch of them is held at once.
 * @throws UserError where the encoder's weights are missing, or give numbers that are not finite
 */
export async function encodePictures(
  pipeline: Pipeline,
  { count, read, keep, onProgress }: PicturesToEncode,
): Promise<void> {
  const { bundle, latentSize } = pipeline.model;
  const size = bundle.image.width * bundle.image.height * 3;
  const { used } = pipeline.tuner;
  const before = { ...used };
  const encoder = await pipeline.encoder(ROWS);
  // The latents are kept, so that a snapshot need not name the encoder's kernels.
  for (const key of Object.keys(used)) if (!(key in before)) delete used[key];
  try {
    for (let first = 0; first < count; first += ROWS) {
      const batch = new Float32Array(ROWS * size);
      const last = Math.min(first + ROWS, count);
      const pictures = await Promise.all(Array.from({ length: last - first }, (_, row) => read(first + row)));
      for (const [row, rgb] of pictures.entries()) if (rgb) batch.set(fractions(rgb), row * size);
      encoder.write('picture', batch);
      await encoder.runAndWait();
      const latents = await encoder.read('latents');
      if (!allFinite(latents)) {
        throw new UserError(
          `The autoencoder of bundle ${bundle.name} gives latents that are not finite: its weights are damaged; choose another base.`,
        );
      }
      for (const [row, rgb] of pictures.entries()) {
        if (rgb) await keep(first + row, latents.slice(row * latentSize, (row + 1) * latentSize));
      }
      onProgress?.(last, count);
    }
  } finally {
    encoder.destroy();
  }
}

const fractions = (bytes: Uint8Array): Float32Array => Float32Array.from(bytes, (byte) => byte / 255);
