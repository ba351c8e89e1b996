/**
 * @file `evaluate --keep-base FILE`: the base's pictures, kept from one evaluation to the next. A comparison of many LoRAs
 * draws them once; they are the same numbers to the bit.
 *
 *     pictures [n, height, width, 3] f32, 0 … 1; metadata "key": what was drawn, by what, on what
 */
import { existsSync } from 'node:fs';
import type { Artist } from '../align/artist';
import { type FloatPicture, picturesOf } from '../align/picture';
import { UserError } from '../errors';
import { toFloat32 } from '../formats/dtypes';
import { parseSafetensors, writeSafetensors } from '../formats/safetensors';
import { shownPath } from './file-errors';
import { readInput } from './inputs';
import { writeAtomic } from './results';

export class BasePictures implements Pick<Artist, 'pictures'> {
  readonly #drawn: FloatPicture[] = [];

  /**
   * @param key whatever the pictures depend on; a file of another key is written anew
   * @param draw draws what is not kept
   */
  constructor(
    private readonly path: string,
    private readonly key: string,
    private readonly draw: Artist['pictures'],
  ) {
    if (!existsSync(path)) return;
    const { tensors, metadata } = parseSafetensors(readInput(path, 'File of the base’s pictures'), path);
    const kept = tensors.get('pictures');
    if (metadata.key === undefined) {
      throw new UserError(`${shownPath(path)} holds no pictures of a base: give --keep-base a name of its own.`);
    }
    if (metadata.key !== key || kept?.shape.length !== 4) return;
    this.#drawn = picturesOf(toFloat32(kept.bytes, kept.dtype), kept.shape[2], kept.shape[1]);
  }

  pictures: Artist['pictures'] = async (drawing, first, onProgress, rows = drawing.pictures.length) => {
    const kept = this.#drawn.slice(first, first + rows);
    if (kept.length === Math.min(rows, drawing.pictures.length - first)) return kept;
    const drawn = await this.draw(drawing, first, onProgress, rows);
    this.#drawn.push(...drawn);
    if (this.#drawn.length === drawing.pictures.length) this.#write();
    return drawn;
  };

  #write(): void {
    const [{ width, height }] = this.#drawn;
    const data = new Float32Array(this.#drawn.length * width * height * 3);
    for (const [i, picture] of this.#drawn.entries()) data.set(picture.data, i * picture.data.length);
    const pictures = { name: 'pictures', shape: [this.#drawn.length, height, width, 3], data };
    writeAtomic(this.path, writeSafetensors([pictures], { key: this.key }));
  }
}
