/**
 * @file Decodes a picture's file with sharp: upright, in sRGB, over white, scaled to cover and cut to its middle.
 */
import { UserError } from '../errors';
import { MAX_PIXELS, tooManyPixels } from '../pictures/kinds';

type Sharp = typeof import('sharp')['default'];

/** @throws UserError where sharp has no build for this machine */
async function openSharp(): Promise<Sharp> {
  try {
    const { default: sharp } = await import('sharp');
    // A picture is decoded once: nothing is worth keeping.
    sharp.cache(false);
    return sharp;
  } catch {
    throw new UserError(
      'Pictures cannot be decoded: the package sharp has no build for this machine; install the packages again with npm ci.',
    );
  }
}

let opened: Promise<Sharp> | undefined;

/** A file that is no whole picture, and why: it follows the name in a sentence. */
export class UnreadablePicture extends Error {}

/**
 * RGB of a picture, [height, width, 3], 0 … 255.
 * @throws UnreadablePicture where the file is damaged, or too large to be decoded
 */
export async function decodePicture(
  bytes: Uint8Array,
  { width, height }: { width: number; height: number },
): Promise<Uint8Array> {
  opened ??= openSharp();
  const sharp = await opened;
  try {
    const size = await sharp(bytes, { limitInputPixels: false }).metadata();
    if (size.width * size.height > MAX_PIXELS) throw new UnreadablePicture(tooManyPixels(size.width, size.height));
    const { data, info } = await sharp(bytes, { limitInputPixels: MAX_PIXELS, failOn: 'error', sequentialRead: true })
      .autoOrient()
      .flatten({ background: '#fff' })
      .resize(width, height, { fit: 'cover', position: 'centre' })
      .toColourspace('srgb')
      .raw({ depth: 'uchar' })
      .toBuffer({ resolveWithObject: true });
    if (info.channels !== 3 || data.length !== width * height * 3) {
      throw new Error(`sharp gave ${info.channels} channels`);
    }
    return data;
  } catch (error) {
    if (error instanceof UnreadablePicture || error instanceof UserError) throw error;
    // libvips keeps its reasons in one buffer for all threads: whose reason a message carries, or whether it has one, is chance.
    throw new UnreadablePicture('it is damaged');
  }
}
