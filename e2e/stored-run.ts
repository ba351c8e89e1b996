/** @file The recorded run as a run of the Library, its words changed three times: what a visit would have left, without training. */
import { readFileSync } from 'node:fs';
import type { Page } from '@playwright/test';
import type { WordChange } from '../src/formats/control-words';
import type { RecordingFile } from '../src/formats/recording';
import { writeLora } from '../src/lora/write';
import { parseRunFile } from '../src/methods/run-file';

/** The step that the judge's numbers below make the best; the last one has lost things. */
export const BEST = 8;

export const CHANGES: WordChange[] = [
  { step: 2, positive: ['pixel art'], negative: ['sepia'] },
  { step: 4, positive: ['pixel art', 'neon sign'], negative: ['sepia'] },
  { step: 6, positive: ['watercolor'], negative: ['pencil sketch', 'sepia'] },
];

const read = (path: string) => JSON.parse(readFileSync(path, 'utf8'));

/** Puts the run into the page's storage. */
export async function storeRun(page: Page, name: string): Promise<void> {
  const recording: RecordingFile = read('public/recordings/first-run/recording.json');
  const { files } = read('public/bundles/mini-flux/bundle.json');
  const baseHash: string = files['transformer/diffusion_pytorch_model.safetensors'].sha256;
  const run = parseRunFile(recording.run);
  const { rank } = run.lora;
  const factor = (shape: [number, number]) => ({
    shape,
    dtype: 'F32' as const,
    data: new Float32Array(rank * 8).fill(0.01),
  });
  const tensors = new Map([['transformer_blocks.0.attn.to_q', { A: factor([rank, 8]), B: factor([8, rank]) }]]);
  const wordChanges = CHANGES.filter(({ step }) => step < BEST);
  const kept = writeLora({ tensors, rank, run, baseHash, step: BEST, wordChanges });
  const judged = recording.samples.map(({ step }) => ({
    step,
    wanted: step / 40,
    namedRight: step > BEST ? 0.4 : 0.96,
    quality: 0.6,
    diversity: 0.5,
    gauge: 0,
  }));
  await page.evaluate(
    async ({ recording, run, name, baseHash, wordChanges, judged, kept, rank, best }) => {
      const runId = 'recorded';
      const { cell } = recording;
      const bytes = async (file: string) =>
        new Uint8Array(await (await fetch(`recordings/first-run/${file}`)).arrayBuffer());
      const pictures = async (sheet: string, count: number) => {
        const bitmap = await createImageBitmap(new Blob([await bytes(sheet)]));
        return Promise.all(
          Array.from({ length: count }, async (_, i) => {
            const canvas = new OffscreenCanvas(cell.width, cell.height);
            canvas.getContext('2d')!.drawImage(bitmap, -i * cell.width, 0);
            return new Uint8Array(await (await canvas.convertToBlob()).arrayBuffer());
          }),
        );
      };
      const records: [IDBValidKey, unknown][] = [];
      let thumbnail: Uint8Array | null = null;
      for (const [i, { sheet, ...sample }] of recording.samples.entries()) {
        const drawn = await pictures(sheet, sample.prompts.length);
        thumbnail = drawn[0];
        const record = { version: 1, runId, ...sample, pictures: drawn, judged: judged[i] };
        records.push([['sample', runId, sample.step], record]);
      }
      for (const { sheet, ...timeline } of recording.frames) {
        const record = { version: 1, runId, step: timeline.step, timeline, ...cell, sheet: await bytes(sheet) };
        records.push([['frame', runId, timeline.step], record]);
      }
      for (const metrics of recording.metrics) {
        records.push([['metrics', runId, metrics.step], { version: 1, runId, step: metrics.step, metrics }]);
      }
      const { steps: step } = run;
      const now = Date.now();
      const times = { createdAt: now, updatedAt: now };
      const record = { version: 2, id: runId, name, run, step, state: 'finished', baseHash, wordChanges, thumbnail };
      records.push([['run', runId], { ...record, ...times }]);
      const numbers = () => new Float32Array(rank * 16).fill(0.01);
      records.push([
        ['snapshot', runId],
        {
          ...{ version: 1, runId, step, rngState: '00000001-00000002-00000003-00000004', kernelVariants: {} },
          ...{ parameters: numbers(), firstMoment: numbers(), secondMoment: numbers() },
          ...{ positive: wordChanges.at(-1)!.positive, negative: wordChanges.at(-1)!.negative },
          linears: [{ name: 'transformer_blocks.0.attn.to_q', in: 8, out: 8 }],
        },
      ]);
      const file = Uint8Array.from(kept);
      records.push([['kept', runId, best], { version: 1, runId, step: best, file }]);
      const open = indexedDB.open('direct-align-studio');
      const database = await new Promise<IDBDatabase>((resolve, reject) => {
        open.onsuccess = () => resolve(open.result);
        open.onerror = () => reject(open.error);
      });
      const transaction = database.transaction('records', 'readwrite');
      for (const [key, value] of records) transaction.objectStore('records').put(value, key);
      await new Promise((resolve) => {
        transaction.oncomplete = resolve;
      });
      database.close();
    },
    { recording, run, name, baseHash, wordChanges: CHANGES, judged, kept: [...kept], rank, best: BEST },
  );
}
