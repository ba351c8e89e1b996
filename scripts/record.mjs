/**
 * @file `npm run record -- RUN_FOLDER`: the run that a first visit plays, public/recordings/first-run.
 *
 * The program draws it (`studio record`); its picture sheets, mostly noise, which PNG cannot compress, are then written
 * as WebP by Chromium, a twelfth of the size. With `--sheets FOLDER` a recording that the program made is taken.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { buildNode } from './build-node.mjs';
import { runProgram } from './run-program.mjs';
import { ensureAdapter, ensureChromium, ensurePackages, root, runScript, SetupError } from './setup.mjs';

/** At this quality the difference from the PNG is not seen even in the enlarged pictures. */
const QUALITY = 0.86;
const out = join(root, 'public/recordings/first-run');

await runScript(async () => {
  const [first, second] = process.argv.slice(2);
  if (!first) throw new SetupError('Expected the folder of a finished run, or --sheets and the folder of a recording.');
  await ensurePackages();
  if (first === '--sheets') return compress(resolve(second));
  await ensureAdapter();
  const made = mkdtempSync(join(tmpdir(), 'recording-'));
  try {
    const args = ['record', '--from', resolve(first), '--out', made, '--force'];
    const code = await runProgram(await buildNode('cli', 'src/cli/main.ts'), args);
    return code === 0 ? await compress(made) : code;
  } finally {
    rmSync(made, { recursive: true, force: true });
  }
});

/** Writes the recording in `folder` to public/recordings, its PNG sheets as WebP. */
async function compress(folder) {
  const { chromium } = await import('@playwright/test');
  const browser = await chromium.launch({ executablePath: await ensureChromium(), args: ['--no-sandbox'] });
  const page = await browser.newPage();
  const recording = JSON.parse(readFileSync(join(folder, 'recording.json'), 'utf8'));
  rmSync(out, { recursive: true, force: true });
  await mkdir(out, { recursive: true });
  for (const part of [...recording.frames, ...recording.samples]) {
    const png = readFileSync(join(folder, part.sheet)).toString('base64');
    part.sheet = part.sheet.replace(/\.png$/, '.webp');
    writeFileSync(join(out, part.sheet), Buffer.from(await page.evaluate(webpOf, [png, QUALITY]), 'base64'));
  }
  writeFileSync(join(out, 'recording.json'), `${JSON.stringify(recording)}\n`);
  await browser.close();
  console.log(out);
  return 0;
}

/** Runs in the page: a PNG as WebP, both in base64. */
async function webpOf([png, quality]) {
  const bitmap = await createImageBitmap(await (await fetch(`data:image/png;base64,${png}`)).blob());
  const canvas = new OffscreenCanvas(bitmap.width, bitmap.height);
  canvas.getContext('2d').drawImage(bitmap, 0, 0);
  const webp = await canvas.convertToBlob({ type: 'image/webp', quality });
  return btoa(Array.from(new Uint8Array(await webp.arrayBuffer()), (byte) => String.fromCharCode(byte)).join(''));
}
