/**
 * @file `npm run peers`: our engine beside onnxruntime-web, TF.js and jax-js, in Node and in Chromium, and beside PyTorch on
 * the same processor. Prints the tables; a run of all rows writes them into docs/SPEED.md.
 *
 * `--rows a,b` or `--rows all`, `--quick`, `--adapter NAME` (that of Node; Chromium takes SwiftShader where it is a software
 * adapter), `--only node|chromium` (more with commas).
 */
import { spawn } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { HEADLESS, SOFTWARE } from './browser-args.mjs';
import { buildNode, buildSite } from './build-node.mjs';
import { runProgram } from './run-program.mjs';
import { serveSite } from './serve.mjs';
import {
  ensureAdapter,
  ensureChromium,
  ensurePackages,
  ensureReferencePython,
  root,
  runScript,
  SetupError,
} from './setup.mjs';

const folder = join(root, 'build/speed');

await runScript(async () => {
  const { rows, quick, adapter, only } = options(process.argv.slice(2));
  await ensurePackages();
  mkdirSync(folder, { recursive: true });
  const results = [];
  let software = true;
  if (only.includes('node')) {
    await ensureAdapter();
    const out = join(folder, 'node.json');
    const args = ['--out', out, ...(rows ? ['--rows', rows] : []), ...(quick ? ['--quick'] : [])];
    if (adapter) args.push('--adapter', adapter);
    const code = await runProgram(await buildNode('peers', 'bench/peers/node.ts'), args);
    if (code !== 0) return code;
    results.push(JSON.parse(readFileSync(out, 'utf8')));
    software = results[0].software;
  }
  if (only.includes('chromium')) results.push(await inChromium({ rows, quick, software }));
  const { markdownOf } = await import(await buildNode('peers-table', 'bench/peers/table.ts'));
  const shown = new Set(results.flatMap((result) => result.rows.map(({ id }) => id)));
  const torch = await besideTorch([...shown], quick);
  const text = [...results.map(markdownOf), torch].join('\n');
  console.log(text);
  for (const result of results) {
    const file = join(folder, `${result.where.startsWith('Node') ? 'node' : 'browser'}.json`);
    writeFileSync(file, `${JSON.stringify(result, null, 2)}\n`);
    console.error(`The same as JSON: ${file}`);
  }
  if (quick || (rows && rows !== 'all') || only.length < 2) return 0;
  writeTables(text, results);
  return 0;
});

/** bench.html on this machine's adapter, or on Chromium's software adapter. */
async function inChromium({ rows, quick, software }) {
  const executablePath = await ensureChromium();
  await buildSite();
  const { chromium } = await import('@playwright/test');
  const browser = await chromium.launch({ executablePath, args: software ? [...HEADLESS, ...SOFTWARE] : HEADLESS });
  const { address, close } = await serveSite(4175, false);
  const page = await browser.newPage();
  const query = new URLSearchParams({ ...(rows && { rows }), ...(quick && { quick: '' }) });
  await page.goto(`${address}bench.html?${query}`);
  await page.click('#run');
  let before = '';
  for (;;) {
    const text = await page.textContent('#status');
    if (text !== before) console.error(text);
    before = text;
    if (/^Stopped/.test(text)) throw new SetupError(`The comparison in Chromium stopped. ${text}`);
    if (/^Done/.test(text)) break;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  const download = page.waitForEvent('download');
  await page.click('#download');
  const result = JSON.parse(readFileSync(await (await download).path(), 'utf8'));
  await browser.close();
  await close();
  return result;
}

/** The same rows by PyTorch on the processor, as Markdown. */
async function besideTorch(ids, quick) {
  const python = await ensureReferencePython();
  const args = [join(root, 'bench/peers/pytorch.py'), ...ids, ...(quick ? ['--quick'] : [])];
  const child = spawn(python, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  let text = '';
  child.stdout.setEncoding('utf8').on('data', (part) => {
    text += part;
  });
  const code = await new Promise((resolve) => child.on('close', resolve));
  if (code !== 0) throw new SetupError('PyTorch could not be measured.');
  return text;
}

/** Puts the tables between the marks of docs/SPEED.md, and the results beside it. */
function writeTables(text, results) {
  const file = join(root, 'docs/SPEED.md');
  const [begin, end] = ['<!-- npm run peers writes from here -->', '<!-- to here -->'];
  const page = readFileSync(file, 'utf8');
  const [before, after] = [page.indexOf(begin), page.indexOf(end)];
  if (before < 0 || after < before) throw new SetupError(`${file} lacks the marks "${begin}" and "${end}".`);
  writeFileSync(file, `${page.slice(0, before + begin.length)}\n\n${text.trim()}\n\n${page.slice(after)}`);
  writeFileSync(join(root, 'docs/speed.json'), `${JSON.stringify(results, null, 2)}\n`);
}

function options(args) {
  const found = { rows: null, quick: false, adapter: null, only: ['node', 'chromium'] };
  for (let i = 0; i < args.length; i++) {
    if (args[i] === '--quick') found.quick = true;
    else if (args[i] === '--rows' || args[i] === '--adapter' || args[i] === '--only') {
      const value = args[++i];
      if (!value) throw new SetupError(`${args[i - 1]} needs a value.`);
      found[args[i - 1].slice(2)] = args[i - 1] === '--only' ? value.split(',') : value;
    } else throw new SetupError(`Unknown flag "${args[i]}": expected --rows, --quick, --adapter or --only.`);
  }
  const unknown = found.only.find((name) => name !== 'node' && name !== 'chromium');
  if (unknown) throw new SetupError(`Unknown part "${unknown}": expected node or chromium.`);
  return found;
}
