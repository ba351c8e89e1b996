import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { decodePicture } from './decode-picture';

const SIZE = { width: 8, height: 8 };

/** Red above blue, `alpha` of the upper half, as a picture to be written. */
function twoColours(width = 64, height = 64, alpha = 255) {
  const rgba = Buffer.alloc(width * height * 4);
  for (let i = 0; i < width * height; i++) {
    const above = i < (width * height) / 2;
    rgba.set(above ? [255, 0, 0, alpha] : [0, 0, 255, 255], i * 4);
  }
  const picture = sharp(rgba, { raw: { width, height, channels: 4 } });
  return alpha === 255 ? picture.removeAlpha() : picture;
}

/** Colours in the middle of the upper and of the lower half. */
async function halves(bytes: Uint8Array): Promise<number[][]> {
  const rgb = await decodePicture(bytes, SIZE);
  expect(rgb).toHaveLength(8 * 8 * 3);
  const at = (y: number) => [...rgb.subarray((y * 8 + 4) * 3, (y * 8 + 4) * 3 + 3)];
  return [at(1), at(6)];
}

const RED = [255, 0, 0];
const BLUE = [0, 0, 255];
/** Scaling rounds, JPEG keeps colours not quite, and printers have no pure blue. */
const near = (colours: number[][], wanted: number[][], most: number) => {
  const worst = Math.max(...colours.flatMap((colour, i) => colour.map((v, c) => Math.abs(v - wanted[i][c]))));
  expect(worst, JSON.stringify(colours)).toBeLessThanOrEqual(most);
};

describe('decodePicture', () => {
  it('reads PNG and WebP as they are, JPEG but for what it loses', async () => {
    near(await halves(await twoColours().png().toBuffer()), [RED, BLUE], 1);
    near(await halves(await twoColours().webp({ lossless: true }).toBuffer()), [RED, BLUE], 1);
    near(await halves(await twoColours().jpeg().toBuffer()), [RED, BLUE], 4);
  });

  it('turns a picture upright as its EXIF orientation says', async () => {
    near(await halves(await twoColours().withMetadata({ orientation: 3 }).jpeg().toBuffer()), [BLUE, RED], 4);
    const lying = await twoColours().rotate(90).png().toBuffer();
    near(await halves(await sharp(lying).withMetadata({ orientation: 8 }).jpeg().toBuffer()), [RED, BLUE], 4);
  });

  it('reads CMYK, 16 bits, greys and palettes', async () => {
    near(await halves(await twoColours().toColourspace('cmyk').jpeg().toBuffer()), [RED, BLUE], 120);
    const deep = await twoColours().toColourspace('rgb16').png().toBuffer();
    expect((await sharp(deep).metadata()).depth).toBe('ushort');
    near(await halves(deep), [RED, BLUE], 1);
    const [[r, g, b]] = await halves(await twoColours().greyscale().png().toBuffer());
    expect([g, b]).toEqual([r, r]);
    const grey = sharp({ create: { width: 9, height: 9, channels: 3, background: '#808080' } });
    const deepGrey = await grey.toColourspace('grey16').png().toBuffer();
    expect((await sharp(deepGrey).metadata()).channels).toBe(1);
    near(
      await halves(deepGrey),
      [
        [128, 128, 128],
        [128, 128, 128],
      ],
      1,
    );
    near(await halves(await twoColours().png({ palette: true }).toBuffer()), [RED, BLUE], 1);
  });

  it('puts what is transparent over white', async () => {
    near(await halves(await twoColours(64, 64, 0).png().toBuffer()), [[255, 255, 255], BLUE], 1);
    near(await halves(await twoColours(64, 64, 128).png().toBuffer()), [[255, 127, 127], BLUE], 1);
  });

  it('covers the size and keeps the middle', async () => {
    // Of three stripes side by side, or one above the other, the middle one is left.
    const stripes = async (columns: number, rows: number) => {
      const rgb = Buffer.from([0, 128, 0, 255, 0, 0, 0, 128, 0]);
      const picture = sharp(rgb, { raw: { width: columns, height: rows, channels: 3 } });
      return picture
        .resize(columns * 30, rows * 30, { kernel: 'nearest', fit: 'fill' })
        .png()
        .toBuffer();
    };
    near(await halves(await stripes(3, 1)), [RED, RED], 2);
    near(await halves(await stripes(1, 3)), [RED, RED], 2);
  });

  it.each([
    ['cut JPEG', async () => (await twoColours(600, 600).jpeg().toBuffer()).subarray(0, 1500)],
    ['cut PNG', async () => (await twoColours(600, 600).png({ compressionLevel: 0 }).toBuffer()).subarray(0, 5000)],
    ['cut WebP', async () => (await twoColours(600, 600).webp({ quality: 100 }).toBuffer()).subarray(0, 300)],
    ['text', async () => Buffer.from('not a picture')],
  ])('says of a %s that it is damaged', async (_, bytes) => {
    await expect(decodePicture(await bytes(), SIZE)).rejects.toThrow(/^it is damaged$/);
  });

  it('does not decode what would not fit into memory', async () => {
    const huge = sharp({
      create: { width: 12_000, height: 12_000, channels: 3, background: '#fff' },
      limitInputPixels: false,
    });
    const bytes = await huge.png({ compressionLevel: 1 }).toBuffer();
    await expect(decodePicture(bytes, SIZE)).rejects.toThrow('it has 12000 × 12000 pixels, more than 134 million');
  });
});
