/**
 * @file Pictures that a run trains from in place of rollouts: captions and clean latents by index.
 */
import { sha256Hex } from '../models/bundle';

export interface PictureSource {
  readonly count: number;
  /**
   * sha256 of every picture's name, caption and content, in order: a resumed run must find the same. Files and captions
   * alone decide it, not the graphics adapter that encoded them.
   */
  readonly fingerprint: string;
  caption(i: number): string;
  /** Packed latents in the transformer's scale, [indices, image tokens, in_channels]. */
  latents(indices: readonly number[]): Promise<Float32Array<ArrayBuffer>>;
}

/** Names a picture among others of its set; its place in the list is its index. */
export interface PictureName {
  name: string;
  caption: string;
  /** sha256 of its file, or of its pixels where no file is kept. */
  hash: string;
}

/** The fingerprint of a set. */
export async function fingerprintOf(pictures: readonly PictureName[]): Promise<string> {
  const text = JSON.stringify(pictures.map(({ name, caption, hash }) => [name, caption, hash]));
  return sha256Hex(new TextEncoder().encode(text));
}
