import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { relativeL2, testGpu } from '../compiler/testing';
import { dirSource } from '../formats/dir-source';
import { toFloat32 } from '../formats/dtypes';
import { parseSafetensors } from '../formats/safetensors';
import { Tuner } from '../gpu/tuner';
import { openBundle } from '../models/bundle';
import type { TextEncoder } from '../models/text-encoder';
import { encodePictures } from './encode-pictures';
import { type Model, openModel } from './model';
import { Pipeline } from './pipeline';

async function pipelineOf(folder: string): Promise<Pipeline> {
  const model = await openModel(await openBundle(dirSource(folder)));
  return new Pipeline(await testGpu(), model, {} as TextEncoder, new Tuner({}, false));
}

/** The golden picture of a folder, channels last, and what PyTorch's encoder makes of it. */
function golden(name: string) {
  const folder = `tools/reference/golden/${name}`;
  const { bundle } = JSON.parse(readFileSync(`${folder}/meta.json`, 'utf8')) as { bundle: string };
  const path = `${folder}/expected.safetensors`;
  const { tensors } = parseSafetensors(new Uint8Array(readFileSync(path)), path);
  const read = (tensor: string) => {
    const { bytes, dtype, shape } = tensors.get(tensor)!;
    return { shape, data: toFloat32(bytes, dtype) };
  };
  const image = read('image.denoise');
  const [, , height, width] = image.shape;
  const picture = new Float32Array(height * width * 3);
  for (let c = 0; c < 3; c++)
    for (let i = 0; i < height * width; i++) picture[i * 3 + c] = image.data[c * height * width + i];
  return { bundle, picture, raw: read('vae.latents') };
}

/** diffusers' packing, in plain loops, of (raw − shift)·scaling, or FLUX.2's (packed − mean)/deviation. */
async function packed(
  { shape: [, channels, height, width], data }: ReturnType<typeof golden>['raw'],
  { bundle, vae }: Model,
) {
  const { shift_factor: shift, scaling_factor: scaling, batch_norm_eps: eps } = bundle.vae;
  const out: number[] = [];
  for (let y = 0; y < height; y += 2)
    for (let x = 0; x < width; x += 2)
      for (let c = 0; c < channels; c++)
        for (const [dy, dx] of [
          [0, 0],
          [0, 1],
          [1, 0],
          [1, 1],
        ])
          out.push((data[(c * height + y + dy) * width + x + dx] - shift) * scaling);
  if (!vae.has('bn.running_mean')) return Float32Array.from(out);
  const mean = (await vae.tensors.readFloat32('bn.running_mean')).data;
  const variance = (await vae.tensors.readFloat32('bn.running_var')).data;
  return Float32Array.from(out, (v, i) => {
    const c = i % (4 * channels);
    return (v - mean[c]) / Math.sqrt(variance[c] + eps);
  });
}

describe('the encoder of pictures', () => {
  it.each(['nano', 'mini-flux', 'odd-a', 'odd-b', 'klein'])(
    'gives the latents that PyTorch gives on %s',
    async (name) => {
      const { bundle, picture, raw } = golden(name);
      const pipeline = await pipelineOf(bundle);
      const encoder = await pipeline.encoder(1);
      encoder.write('picture', picture);
      await encoder.runAndWait();
      const expected = await packed(raw, pipeline.model);
      expect(expected).toHaveLength(pipeline.model.latentSize);
      expect(relativeL2(await encoder.read('latents'), expected)).toBeLessThan(1e-5);
      encoder.destroy();
      pipeline.destroy();
    },
  );

  it('encodes any number of pictures in order, each as by itself, and leaves no buffer behind', async () => {
    const pipeline = await pipelineOf('public/bundles/nano');
    const { width, height } = pipeline.model.bundle.image;
    const pictures = Array.from({ length: 11 }, (_, i) =>
      Uint8Array.from({ length: width * height * 3 }, (_, j) => (i * 37 + j * (i + 1)) % 256),
    );
    const before = pipeline.gpu.memory.bytes;
    const encode = async (indices: number[]) => {
      const kept: Float32Array[] = [];
      const progress: number[] = [];
      await encodePictures(pipeline, {
        count: indices.length,
        read: async (i) => pictures[indices[i]],
        keep: (i, latents) => {
          expect(i).toBe(kept.length);
          kept.push(latents);
        },
        onProgress: (done) => progress.push(done),
      });
      return { kept, progress };
    };
    const all = await encode(pictures.map((_, i) => i));
    expect(all.progress).toEqual([8, 11]);
    expect(all.kept.map((latents) => latents.length)).toEqual(Array(11).fill(pipeline.model.latentSize));
    expect((await encode([9, 2])).kept).toEqual([all.kept[9], all.kept[2]]);
    expect(all.kept[9]).not.toEqual(all.kept[2]);
    const gaps: number[] = [];
    await encodePictures(pipeline, {
      count: 3,
      read: async (i) => (i === 1 ? null : pictures[i]),
      keep: (i, latents) => {
        gaps.push(i);
        expect(latents).toEqual(all.kept[i]);
      },
    });
    expect(gaps).toEqual([0, 2]);
    const weights = pipeline.gpu.memory.bytes - before;
    await encode([1]);
    expect(pipeline.gpu.memory.bytes - before).toBe(weights);
    pipeline.destroy();
  });
});
