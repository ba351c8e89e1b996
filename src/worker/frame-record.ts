/** @file A timeline as it is stored: numbers, and its pictures on one sheet that the browser compresses. */
import { encodePng, type RgbaPicture } from '../formats/png';
import { numbersOf } from '../formats/timeline';
import { timelinePictures } from '../sheets/timeline-pictures';
import webp from '../sheets/webp.json';
import type { FrameRecord } from '../storage/records';
import type { Timeline } from './protocol';

export async function frameRecord(runId: string, timeline: Timeline): Promise<FrameRecord> {
  const { clean, columns, ...rest } = timeline;
  const { width, height } = clean;
  const sheet = await compressed(timelinePictures(timeline));
  const numbers = { ...rest, columns: columns.map(numbersOf) };
  return { version: 1, runId, step: timeline.step, timeline: numbers, width, height, sheet };
}

/**
 * WebP where the browser writes it, else PNG. At the quality of sheets/webp.json the difference is not seen even in the
 * enlarged pictures; noise as PNG is ten times larger.
 */
async function compressed({ width, height, data }: RgbaPicture): Promise<Uint8Array<ArrayBuffer>> {
  if (typeof OffscreenCanvas === 'undefined') return encodePng({ width, height, data });
  const canvas = new OffscreenCanvas(width, height);
  canvas.getContext('2d')!.putImageData(new ImageData(data, width, height), 0, 0);
  const blob = await canvas.convertToBlob(webp);
  return new Uint8Array(await blob.arrayBuffer());
}
