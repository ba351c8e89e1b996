import { encode } from 'fast-png';
import { describe, expect, it } from 'vitest';
import { UserError } from '../errors';
import { decodePng, encodePng, type RgbaPicture, upscaleNearest } from './png';

function picture(width: number, height: number, alpha: (pixel: number) => number): RgbaPicture {
  const data = Uint8ClampedArray.from({ length: width * height * 4 }, (_, i) =>
    i % 4 === 3 ? alpha(i >> 2) : (i * 37) % 256,
  );
  return { width, height, data };
}

describe('encodePng and decodePng', () => {
  it('give back the picture, the same bytes each time', () => {
    for (const alpha of [() => 255, (pixel: number) => pixel * 9]) {
      const original = picture(7, 3, alpha);
      const png = encodePng(original, { Comment: 'cat face' });
      expect(decodePng(png, 'x')).toEqual(original);
      expect(encodePng(original, { Comment: 'cat face' })).toEqual(png);
    }
  });

  // Pictures of 5 × 3 written by Pillow; the first two pixels and the third of the second row as Pillow reads them.
  it.each([
    [
      'RGB',
      'iVBORw0KGgoAAAANSUhEUgAAAAUAAAADCAIAAADUVFKvAAAAO0lEQVR4nAEwAM//AF+CwtnP6w+jIdfZgvi9EALmNib0f74u2ulGF8Ab+RcBOwQ7FtrxJ5wGWNTqcFhdUnQXD+ZkpUQAAAAASUVORK5CYII=',
      [95, 130, 194, 255, 217, 207, 235, 255, 61, 125, 10, 255],
    ],
    [
      'RGBA',
      'iVBORw0KGgoAAAANSUhEUgAAAAUAAAADCAYAAABbNsX4AAAASklEQVR4nAE/AMD/AX+y7YDyyV8b1B82XRqvPsJgNhznAOcBK4vtv1aPB+hg70w3AEdNx9vQBMmPkyC4ufVV6TYz1c+hHpRgvQyyugEeoVvvs6gAAAAASUVORK5CYII=',
      [127, 178, 237, 128, 113, 123, 76, 155, 7, 232, 96, 239],
    ],
    [
      'greyscale',
      'iVBORw0KGgoAAAANSUhEUgAAAAUAAAADCAAAAAB+XZokAAAAG0lEQVR4nGMoFpjJUcl4+c8XlzUs3z+8UWADAEZTCE/2s0pzAAAAAElFTkSuQmCC',
      [115, 115, 115, 255, 16, 16, 16, 255, 195, 195, 195, 255],
    ],
    [
      'greyscale with alpha',
      'iVBORw0KGgoAAAANSUhEUgAAAAUAAAADCAQAAADxPw1zAAAAKklEQVR4nGPwPPJdh6/+tpiVN8PPO3qVK1hvGs/tYrAQmiqi8Hqnz8drAOU5DlqaSy75AAAAAElFTkSuQmCC',
      [73, 73, 73, 196, 247, 247, 247, 44, 168, 168, 168, 5],
    ],
    [
      'one bit',
      'iVBORw0KGgoAAAANSUhEUgAAAAUAAAADAQAAAABzTfhVAAAADklEQVR4nGNoYOJgEAAAArYAmxMHzIwAAAAASUVORK5CYII=',
      [255, 255, 255, 255, 0, 0, 0, 255, 0, 0, 0, 255],
    ],
    [
      'a palette',
      'iVBORw0KGgoAAAANSUhEUgAAAAUAAAADAgMAAAAmWC1rAAAADFBMVEWmzIMlxEtJh0idNVVN747jAAAAEUlEQVR4nGNgYWAxZWe8vRQAA8QBxpvaTcoAAAAASUVORK5CYII=',
      [166, 204, 131, 255, 166, 204, 131, 255, 73, 135, 72, 255],
    ],
    [
      'a palette with a transparent colour',
      'iVBORw0KGgoAAAANSUhEUgAAAAUAAAADAgMAAAAmWC1rAAAADFBMVEWmzIMlxEtJh0idNVVN747jAAAAAnRSTlP/AOW3MEoAAAARSURBVHicY2BhYDFlZ7y9FAADxAHGm9pNygAAAABJRU5ErkJggg==',
      [166, 204, 131, 255, 166, 204, 131, 255, 73, 135, 72, 255],
    ],
    [
      'RGB with a transparent colour',
      'iVBORw0KGgoAAAANSUhEUgAAAAUAAAADCAIAAADUVFKvAAAABnRSTlMAPQB9AAqL62m7AAAAO0lEQVR4nAEwAM//AF+CwtnP6w+jIdfZgvi9EALmNib0f74u2ulGF8Ab+RcBOwQ7FtrxJ5wGWNTqcFhdUnQXD+ZkpUQAAAAASUVORK5CYII=',
      [95, 130, 194, 255, 217, 207, 235, 255, 61, 125, 10, 0],
    ],
  ])('read %s', (_, base64, expected) => {
    const { width, height, data } = decodePng(new Uint8Array(Buffer.from(base64, 'base64')), 'x');
    expect([width, height, data.length]).toEqual([5, 3, 60]);
    expect([...data.slice(0, 8), ...data.slice(28, 32)]).toEqual(expected);
  });

  it('read 16 bits', () => {
    const png = encode({ width: 2, height: 1, depth: 16, channels: 1, data: Uint16Array.of(0x8080, 65535) });
    expect([...decodePng(png, 'x').data]).toEqual([128, 128, 128, 255, 255, 255, 255, 255]);
  });

  it('refuse what is no PNG, or is cut or damaged', () => {
    const png = encodePng(picture(8, 8, () => 255));
    const damaged = png.slice();
    damaged[50] ^= 1;
    for (const bytes of [new Uint8Array(0), new TextEncoder().encode('no picture'), png.slice(0, 60), damaged]) {
      expect(() => decodePng(bytes, 'cat.png')).toThrow(UserError);
      expect(() => decodePng(bytes, 'cat.png')).toThrow('cat.png cannot be read as a PNG picture.');
    }
  });
});

describe('upscaleNearest', () => {
  it('repeats each pixel', () => {
    const small = picture(2, 2, () => 255);
    const large = upscaleNearest(small, 3);
    expect([large.width, large.height]).toEqual([6, 6]);
    for (let y = 0; y < 6; y++) {
      for (let x = 0; x < 6; x++) {
        const from = (Math.floor(y / 3) * 2 + Math.floor(x / 3)) * 4;
        const to = (y * 6 + x) * 4;
        expect([...large.data.slice(to, to + 4)]).toEqual([...small.data.slice(from, from + 4)]);
      }
    }
  });
});
