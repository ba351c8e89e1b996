/**
 * @file `npm run record -- RUN_FOLDER --as ID`: a run that the page plays, public/recordings/ID. Without `--as` it is
 * `first-run`, which a first visit plays. `--steps N` and `--every N` record a part of it (`studio record`). What the page
 * says of it is an entry of src/studio/state/recordings.ts; where there is none yet the line to add is printed.
 *
 * The program draws it (`studio record`); its picture sheets, mostly noise, which PNG cannot compress, are then written
 * as WebP by Chromium, a twelfth of the size. With `--sheets FOLDER` a recording that the program made is taken.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { buildNode } from './build-node.mjs';
import { runProgram } from './run-program.mjs';
import { ensureAdapter, ensureChromium, ensurePackages, root, runScript, SetupError } from './setup.mjs';

/** As the page writes its sheets. */
const WEBP = JSON.parse(readFileSync(join(root, 'src/sheets/webp.json'), 'utf8'));

await runScript(async () => {
  const { id, run, sheets, part } = asked();
  await ensurePackages();
  if (sheets) return compress(resolve(sheets), id);
  await ensureAdapter();
  const made = mkdtempSync(join(tmpdir(), 'recording-'));
  try {
    const args = ['record', '--from', resolve(run), '--out', made, '--force', ...part];
    const code = await runProgram(await buildNode('cli', 'src/cli/main.ts'), args);
    return code === 0 ? await compress(made, id) : code;
  } finally {
    rmSync(made, { recursive: true, force: true });
  }
});

/** What the command line asks for. */
function asked() {
  const options = {
    as: { type: 'string', default: 'first-run' },
    sheets: { type: 'string' },
    steps: { type: 'string' },
    every: { type: 'string' },
  };
  let given;
  try {
    given = parseArgs({ options, allowPositionals: true });
  } catch (error) {
    throw new SetupError(`${error.message}.`.replace('..', '.'));
  }
  const {
    values: { as: id, sheets, ...of },
    positionals: [run, ...more],
  } = given;
  if (!run === !sheets || more.length > 0)
    throw new SetupError('Expected the folder of a finished run, or --sheets and the folder of a recording.');
  if (!/^[a-z0-9][a-z0-9-]*$/.test(id))
    throw new SetupError(`--as ${id}: expected a name of small letters, digits and hyphens.`);
  return { id, run, sheets, part: Object.entries(of).flatMap(([name, value]) => [`--${name}`, value]) };
}

/** Writes the recording in `folder` to public/recordings/ID, its PNG sheets as WebP. */
async function compress(folder, id) {
  const out = join(root, 'public/recordings', id);
  const { chromium } = await import('@playwright/test');
  const browser = await chromium.launch({ executablePath: await ensureChromium(), args: ['--no-sandbox'] });
  const page = await browser.newPage();
  const recording = JSON.parse(readFileSync(join(folder, 'recording.json'), 'utf8'));
  rmSync(out, { recursive: true, force: true });
  await mkdir(out, { recursive: true });
  for (const part of [...recording.frames, ...recording.samples]) {
    const png = readFileSync(join(folder, part.sheet)).toString('base64');
    part.sheet = part.sheet.replace(/\.png$/, '.webp');
    writeFileSync(join(out, part.sheet), Buffer.from(await page.evaluate(webpOf, [png, WEBP]), 'base64'));
  }
  writeFileSync(join(out, 'recording.json'), `${JSON.stringify(recording)}\n`);
  await browser.close();
  console.log(out);
  const entries = readFileSync(join(root, 'src/studio/state/recordings.ts'), 'utf8');
  if (!entries.includes(`id: '${id}'`))
    console.log(`Now add it to src/studio/state/recordings.ts:\n${entryOf(recording, id)}`);
  return 0;
}

/** The line of src/studio/state/recordings.ts, its words to be written. */
function entryOf({ run, samples }, id) {
  const { step, prompts } = samples.at(-1);
  const quoted = (text) => `'${text.replaceAll("'", "\\'")}'`;
  const shows = prompts.slice(0, 6).map(quoted).join(', ');
  return `  { id: '${id}', preset: '…', method: '${run.method}', title: '…', about: '…', step: ${step}, shows: [${shows}] },`;
}

/** Runs in the page: a PNG as WebP, both in base64. */
async function webpOf([png, options]) {
  const bitmap = await createImageBitmap(await (await fetch(`data:image/png;base64,${png}`)).blob());
  const canvas = new OffscreenCanvas(bitmap.width, bitmap.height);
  canvas.getContext('2d').drawImage(bitmap, 0, 0);
  const webp = await canvas.convertToBlob(options);
  return btoa(Array.from(new Uint8Array(await webp.arrayBuffer()), (byte) => String.fromCharCode(byte)).join(''));
}
