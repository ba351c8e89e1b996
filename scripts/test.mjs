/**
 * @file `npm test`: installs what is missing and runs every check. The last lines say how long each part took and count
 * the checks: "N passed, N failed".
 *
 * `--only lint|unit|reference|scale|pretrain|reproduce|e2e` (more with commas) runs a part. A skipped test counts as failed, and so does a unit
 * run in which no kernel was computed, because then nothing was shown.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { join, relative } from 'node:path';
import { buildSite } from './build-node.mjs';
import { keepCompiledKernels } from './compiled-kernels.mjs';
import {
  ensureAdapter,
  ensureChromium,
  ensurePackages,
  ensureReferencePython,
  ensureScalePython,
  root,
  runScript,
  SetupError,
} from './setup.mjs';

const results = join(root, 'test-results');
/** What Dawn prints on stderr in every process that opens an adapter, also in the middle of another process's line. */
const NATIVE_NOISE = /Warning: max\w+ artificially reduced from \d+ to \d+ to fit dynamic offset allocation limit\./g;

const parts = {
  lint: async () => {
    await check('Biome (lint and format)', [
      bin('@biomejs/biome/bin/biome'),
      ...['check', '--vcs-enabled=true', '--vcs-client-kind=git', '--vcs-use-ignore-file=true', '.'],
    ]);
    await check('TypeScript', [bin('typescript/bin/tsc'), '--noEmit', '-p', '.']);
  },
  unit: async () => {
    await installed.adapter;
    title('Unit tests');
    const report = join(results, 'unit.json');
    const args = ['run', '--reporter=default', '--reporter=json', `--outputFile.json=${report}`];
    countVitest(await execute(process.execPath, [bin('vitest/vitest.mjs'), ...args]), readReport(report));
  },
  reference: async () => {
    const python = await timed('  waiting for its packages', () => installed.python);
    await check('Bundles and golden values are reproduced by PyTorch', ['tools/reference/check_all.py'], python);
    await installed.adapter;
    await check('An exported adapter draws the same in diffusers', ['tools/reference/check_export.py'], python);
    // Both architectures, every type of blocks, and fp8.
    const wide = ['tools/reference/check_wide.py', 'flux1', 'fp8'];
    await check('Transformers of the published widths compute what they do in diffusers', wide, python);
    await check("A CLIP model of ViT-H's widths scores as in transformers", ['tools/reference/check_clip.py'], python);
  },
  scale: () => pythonTests('scale'),
  pretrain: async () => {
    await installed.adapter;
    await pythonTests('pretrain');
  },
  reproduce: async () => {
    await installed.adapter;
    const out = join(results, 'reproduce');
    const args = ['scripts/studio.mjs', 'reproduce', '--quick', '--out', out];
    await check('The comparison of methods, in small', args);
    const written = ['RESULTS.md', 'curves.svg', ...['srpo', 'nft'].flatMap((id) => cellFiles(id))];
    const missing = written.filter((file) => !existsSync(join(out, file)));
    if (missing.length > 0) return fail(`The comparison wrote no ${missing.join(', ')}`);
    const page = readFileSync(join(out, 'RESULTS.md'), 'utf8');
    if (/undefined|NaN|not finished/.test(page)) fail('The comparison has holes in its page of results');
    else passed += 1;
  },
  e2e: async () => {
    const chromium = await installed.chromium;
    title('Production build');
    await timed('  production build', buildSite);
    passed += 1;
    title('Tests in the browser');
    const report = join(results, 'e2e.json');
    const env = { CHROMIUM_PATH: chromium, PLAYWRIGHT_JSON_OUTPUT_NAME: report, E2E_PORT: String(await freePort()) };
    const args = ['test', '--reporter=list,json'];
    countPlaywright(
      await execute(process.execPath, [bin('@playwright/test/cli.js'), ...args], env),
      readReport(report),
    );
  },
};

/** The tests of a package of tools, in the Python that tools/scale is tested with. */
async function pythonTests(name) {
  const python = await timed('  waiting for its packages', () => installed.scale);
  title(`tools/${name}`);
  const [folder, report] = [join(root, 'tools', name), join(results, `${name}.xml`)];
  const args = ['-m', 'pytest', folder, '-c', join(folder, 'pyproject.toml'), `--junit-xml=${report}`];
  const code = await execute(python, args);
  countPytest(name, code, existsSync(report) ? readFileSync(report, 'utf8') : undefined);
}

/**
 * In this order, one after the other: each keeps two cores busy. Side by side they took longer, 956 seconds for the unit tests
 * and those in the browser, 281 and 418 alone.
 */
const alone = ['lint', 'unit', 'e2e'];
/** Keep a core busy: two hands take them, whenever one of them is free, the longest first. */
const queue = ['reference', 'scale', 'reproduce', 'pretrain'];

/** The results of a cell of the quick comparison. */
const cellFiles = (variant) => [`cells/${variant}.clip.3d.json`, `cells/${variant}.clip.3d.png`];

/** What parts need, as promises. */
const installed = {};
let passed = 0;
let failed = 0;
/** Seconds by what was checked, in order. */
const seconds = new Map();
/** Of what runs beside something else: what it says, and its seconds, both kept back until it is done. */
const aside = new AsyncLocalStorage();

await runScript(async () => {
  const only = option('--only')?.split(',') ?? Object.keys(parts);
  const unknown = only.find((name) => !Object.hasOwn(parts, name));
  if (unknown) throw new SetupError(`Unknown part "${unknown}": expected some of ${Object.keys(parts).join(', ')}.`);
  const unplanned = Object.keys(parts).find((name) => ![...alone, ...queue].includes(name));
  if (unplanned)
    throw new SetupError(`The part "${unplanned}" has no turn: put it into "alone" or "queue" of scripts/test.mjs.`);
  await ensurePackages();
  rmSync(results, { recursive: true, force: true });
  mkdirSync(results, { recursive: true });
  keepCompiledKernels();
  // Something else runs beside it: torch's threads would wait for one another by spinning.
  process.env.OMP_NUM_THREADS ??= '1';
  installAhead(only);
  await runParts(alone.filter((name) => only.includes(name)));
  const wanted = queue.filter((name) => only.includes(name));
  const [, taken] = await Promise.all([runParts(wanted), runAside(wanted)]);
  for (const [name, value] of taken) seconds.set(name, value);
  console.log('\n== Time');
  for (const [name, taken] of seconds) console.log(`${String(Math.round(taken)).padStart(6)} s  ${name}`);
  console.log(`\n${passed} passed, ${failed} failed`);
  return failed === 0 && passed > 0 ? 0 : 1;
});

/** Runs parts one after the other, until none is left in `names`: others may take from it too. */
async function runParts(names) {
  for (let name = names.shift(); name; name = names.shift()) {
    try {
      await timed(name, parts[name]);
    } catch (error) {
      if (!(error instanceof SetupError)) throw error;
      fail(error.message);
    }
  }
}

/** Runs parts beside others: shows what they say when all are done. Resolves to their seconds. */
async function runAside(names) {
  const own = { said: '', seconds: new Map() };
  await aside.run(own, () => runParts(names));
  process.stdout.write(own.said);
  return own.seconds;
}

/** Writes on the terminal; what runs aside has to wait. */
function say(text) {
  const own = aside.getStore();
  if (own) own.said += text;
  else process.stdout.write(text);
}

/** Installs one after the other what later parts need while earlier ones run; who needs it says where that failed. */
function installAhead(only) {
  const needs = [
    ['adapter', ensureAdapter, ['unit', 'reference', 'pretrain', 'reproduce']],
    ['python', ensureReferencePython, ['reference']],
    ['scale', ensureScalePython, ['scale', 'pretrain']],
    ['chromium', ensureChromium, ['e2e']],
  ];
  let before = Promise.resolve();
  for (const [name, ensure, users] of needs) {
    if (!users.some((part) => only.includes(part))) continue;
    installed[name] = before.then(ensure);
    before = installed[name].catch(() => {});
  }
}

/** One program whose exit code says whether it passed. */
async function check(name, args, program = process.execPath) {
  title(name);
  await timed(`  ${name}`, async () => {
    if ((await execute(program, args)) === 0) passed += 1;
    else fail(`${name}: failed`);
  });
}

/** Does something and notes how long it took. */
async function timed(name, work) {
  const start = performance.now();
  const taken = aside.getStore()?.seconds ?? seconds;
  // In the order in which they begin, so that a part stands above what it consists of.
  taken.set(name, 0);
  try {
    return await work();
  } finally {
    taken.set(name, (performance.now() - start) / 1000);
  }
}

function countVitest(code, report) {
  if (!report) return fail('Unit tests: vitest gave no report');
  passed += report.numPassedTests;
  failed += report.numFailedTests;
  const skipped = report.numPendingTests + report.numTodoTests;
  if (skipped > 0) fail(`${skipped} skipped unit tests`, skipped);
  // A file that does not load has no tests to count.
  const broken = report.testResults.filter((file) => file.status === 'failed' && file.assertionResults.length === 0);
  for (const file of broken) fail(`${relative(root, file.name)} does not load`);
  if (code !== 0 && report.numFailedTests === 0 && broken.length === 0) fail('Unit tests: vitest reports an error');
  noteSlowest(
    report.testResults.map(({ name, startTime, endTime }) => [relative(root, name), (endTime - startTime) / 1000]),
  );
  const computing = report.testResults.filter((file) =>
    relative(root, file.name).replaceAll('\\', '/').startsWith('src/gpu/'),
  );
  if (!computing.some((file) => file.assertionResults.some((test) => test.status === 'passed'))) {
    fail('No test of src/gpu passed, so nothing was computed on an adapter');
  }
}

function countPlaywright(code, report) {
  if (!report) return fail('Tests in the browser: Playwright gave no report');
  const { expected, unexpected, flaky, skipped } = report.stats;
  const specsOf = ({ specs = [], suites = [] }) => [...specs, ...suites.flatMap(specsOf)];
  const durationOf = ({ tests }) =>
    tests.flatMap(({ results }) => results).reduce((sum, { duration }) => sum + duration, 0);
  noteSlowest(specsOf(report).map((spec) => [`${spec.file}: ${spec.title}`, durationOf(spec) / 1000]));
  passed += expected;
  failed += unexpected;
  if (skipped > 0) fail(`${skipped} skipped browser tests`, skipped);
  if (flaky > 0) fail(`${flaky} browser tests passed at a second try only`, flaky);
  if (expected + unexpected === 0) fail('No test ran in the browser');
  else if (code !== 0 && unexpected === 0) fail('Tests in the browser: Playwright reports an error');
}

function countPytest(name, code, report) {
  const suite = report && /<testsuite [^>]*>/.exec(report)?.[0];
  if (!suite) return fail(`tools/${name}: pytest gave no report`);
  const count = (what) => Number(new RegExp(` ${what}="(\\d+)"`).exec(suite)?.[1] ?? 0);
  const [bad, skipped] = [count('failures') + count('errors'), count('skipped')];
  passed += count('tests') - bad - skipped;
  failed += bad;
  if (skipped > 0) fail(`${skipped} skipped tests of tools/${name}`, skipped);
  if (code !== 0 && bad === 0) fail(`tools/${name}: pytest reports an error`);
  const cases = report.matchAll(/<testcase classname="([^"]*)" name="([^"]*)" time="([\d.]+)"/g);
  noteSlowest([...cases].map(([, file, test, taken]) => [`${file}: ${test}`, Number(taken)]));
}

/** Notes the longest of what a part ran, where it says where the time went. */
function noteSlowest(durations) {
  const longest = durations.filter(([, taken]) => taken > 10).sort(([, a], [, b]) => b - a);
  const table = aside.getStore()?.seconds ?? seconds;
  for (const [name, taken] of longest.slice(0, 5)) table.set(`  ${name}`, taken);
}

function fail(message, count = 1) {
  say(`${message}\n`);
  failed += count;
}

function title(name) {
  say(`\n== ${name}\n`);
}

function readReport(file) {
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : undefined;
}

/** Runs a program on this terminal, without native noise on stderr. Resolves to its exit code. */
function execute(program, args, extraEnv = {}) {
  return new Promise((resolve) => {
    const own = aside.getStore();
    const child = spawn(program, args, {
      cwd: root,
      env: { ...process.env, ...extraEnv },
      stdio: ['ignore', own ? 'pipe' : 'inherit', 'pipe'],
    });
    const complain = (text) => {
      if (own) own.said += text;
      else process.stderr.write(text);
    };
    child.stdout?.setEncoding('utf8').on('data', complain);
    let rest = '';
    child.stderr.setEncoding('utf8').on('data', (text) => {
      const lines = (rest + text).split('\n');
      rest = lines.pop();
      for (const line of lines) {
        const kept = line.replace(NATIVE_NOISE, '');
        if (kept || !line) complain(`${kept}\n`);
      }
    });
    child.on('error', (error) => {
      complain(`${error.message}\n`);
      resolve(127);
    });
    child.on('close', (code) => {
      complain(rest.replace(NATIVE_NOISE, ''));
      resolve(code ?? 1);
    });
  });
}

function freePort() {
  return new Promise((resolve) => {
    const server = createServer().listen(0, 'localhost', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}

function bin(path) {
  return join(root, 'node_modules', path);
}

function option(name) {
  const at = process.argv.indexOf(name);
  return at < 0 ? undefined : (process.argv[at + 1] ?? '');
}
