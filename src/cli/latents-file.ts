/**
 * @file `pictures.safetensors` of a run's folder: the latents that the run trains from, and of which files they are. It
 * is written a picture at a time, and read a row at a time.
 *
 *     latents [pictures, image tokens, in_channels] f32
 *     metadata "pictures": [[name, caption, sha256 of the file], …], "skipped": [[name, sha256], …], both as JSON
 */
import { closeSync, fsyncSync, openSync, readSync, renameSync, rmSync, statSync, writeSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import * as z from 'zod/mini';
import { UserError } from '../errors';
import { parseSafetensorsHeader } from '../formats/safetensors';
import { fingerprintOf, type PictureName, type PictureSource } from '../pictures/source';
import { fileError, shownPath } from './file-errors';

/** A file that could not be decoded. */
export type Undecoded = Omit<PictureName, 'caption'>;

const text = z.string();
const picturesSchema = z.array(z.tuple([text, text, text]));
const skippedSchema = z.array(z.tuple([text, text]));

/** The header, padded to `length` bytes where that is given. */
function header(pictures: readonly PictureName[], skipped: readonly Undecoded[], shape: readonly number[]): string {
  const [tokens, channels] = shape;
  const latents = {
    dtype: 'F32',
    shape: [pictures.length, tokens, channels],
    data_offsets: [0, pictures.length * tokens * channels * 4],
  };
  const __metadata__ = {
    pictures: JSON.stringify(pictures.map(({ name, caption, hash }) => [name, caption, hash])),
    skipped: JSON.stringify(skipped.map(({ name, hash }) => [name, hash])),
  };
  return JSON.stringify({ __metadata__, latents });
}

export class LatentsWriter {
  readonly #temporary: string;
  readonly #file: number;
  readonly #headerBytes: number;
  #at: number;
  #pictures: PictureName[] = [];

  /**
   * @param most the files that may turn out to be pictures
   * @param shape of one picture's latents
   */
  constructor(
    private readonly path: string,
    most: readonly { name: string; caption: string }[],
    private readonly shape: readonly [tokens: number, channels: number],
  ) {
    // Room for every file as a picture; as one that is skipped it takes less.
    const longest = header(
      most.map(({ name, caption }) => ({ name, caption, hash: '0'.repeat(64) })),
      [],
      shape,
    );
    this.#headerBytes = Math.ceil((Buffer.byteLength(longest) + 64) / 8) * 8;
    this.#at = 8 + this.#headerBytes;
    this.#temporary = join(dirname(path), `.${basename(path)}.${process.pid}.tmp`);
    try {
      this.#file = openSync(this.#temporary, 'w');
    } catch (error) {
      throw fileError(path, error);
    }
  }

  /** Appends a picture. @throws UserError where the disk is full */
  add(picture: PictureName, latents: Float32Array): void {
    const bytes = new Uint8Array(latents.buffer, latents.byteOffset, latents.byteLength);
    this.#write(bytes, this.#at);
    this.#at += bytes.length;
    this.#pictures.push(picture);
  }

  /** The file is there from now on, whole. */
  finish(skipped: readonly Undecoded[]): void {
    const json = header(this.#pictures, skipped, this.shape);
    const head = Buffer.alloc(8 + this.#headerBytes, ' ');
    head.writeBigUInt64LE(BigInt(this.#headerBytes));
    head.write(json, 8);
    this.#write(head, 0);
    try {
      fsyncSync(this.#file);
      closeSync(this.#file);
      renameSync(this.#temporary, this.path);
    } catch (error) {
      throw fileError(this.path, error);
    }
  }

  /** Leaves nothing behind. */
  discard(): void {
    try {
      closeSync(this.#file);
    } catch {
      // Closed already.
    }
    rmSync(this.#temporary, { force: true });
  }

  #write(bytes: Uint8Array, position: number): void {
    try {
      for (let done = 0; done < bytes.length; ) {
        done += writeSync(this.#file, bytes, done, bytes.length - done, position + done);
      }
    } catch (error) {
      throw fileError(this.path, error, 'written', 'free space and go on with --resume');
    }
  }
}

export class LatentsFile implements PictureSource {
  private constructor(
    private readonly path: string,
    readonly pictures: readonly PictureName[],
    /** Files of the folder that could not be decoded. */
    readonly skipped: readonly Undecoded[],
    readonly fingerprint: string,
    private readonly begin: number,
    /** Numbers of one picture. */
    private readonly size: number,
  ) {}

  /**
   * @param shape of one picture's latents
   * @throws UserError where the file is damaged
   */
  static async open(path: string, shape: readonly [tokens: number, channels: number]): Promise<LatentsFile> {
    const damaged = new UserError(
      `${shownPath(path)} does not hold the latents of this run: start again with --force, or restore the file.`,
    );
    try {
      const { size } = statSync(path);
      const head = Buffer.alloc(8);
      readAll(path, head, 0);
      const length = Number(head.readBigUInt64LE());
      if (length > size - 8) throw damaged;
      const whole = new Uint8Array(8 + length);
      readAll(path, whole, 0);
      const { tensors, metadata } = parseSafetensorsHeader(whole, size, path);
      const listed = picturesSchema.parse(JSON.parse(metadata.pictures));
      const pictures = listed.map(([name, caption, hash]) => ({ name, caption, hash }));
      const skipped = skippedSchema.parse(JSON.parse(metadata.skipped)).map(([name, hash]) => ({ name, hash }));
      const [{ name, dtype, begin, shape: found }] = tensors;
      const fits = name === 'latents' && dtype === 'F32' && String(found) === String([pictures.length, ...shape]);
      if (!fits || pictures.length === 0) throw damaged;
      return new LatentsFile(path, pictures, skipped, await fingerprintOf(pictures), begin, shape[0] * shape[1]);
    } catch (error) {
      if (error instanceof Error && 'syscall' in error) throw fileError(path, error, 'read');
      throw damaged;
    }
  }

  get count(): number {
    return this.pictures.length;
  }

  caption(i: number): string {
    return this.pictures[i].caption;
  }

  async latents(indices: readonly number[]): Promise<Float32Array<ArrayBuffer>> {
    const rows = new Float32Array(indices.length * this.size);
    for (const [row, i] of indices.entries()) {
      const part = rows.subarray(row * this.size, (row + 1) * this.size);
      try {
        readAll(
          this.path,
          new Uint8Array(part.buffer, part.byteOffset, part.byteLength),
          this.begin + 4 * i * this.size,
        );
      } catch (error) {
        throw fileError(this.path, error, 'read');
      }
    }
    return rows;
  }
}

/** Fills `into` from a file. */
function readAll(path: string, into: Uint8Array, position: number): void {
  const file = openSync(path, 'r');
  try {
    for (let done = 0; done < into.length; ) {
      const count = readSync(file, into, done, into.length - done, position + done);
      if (count === 0) throw new Error(`${path} is cut short`);
      done += count;
    }
  } finally {
    closeSync(file);
  }
}
