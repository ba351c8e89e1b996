/**
 * @file `npm test`: installs what is missing and runs every check. The last line counts them: "N passed, N failed".
 *
 * `--only lint|unit|reference|e2e` (more with commas) runs a part. A skipped test counts as failed, and so does a unit
 * run in which no kernel was computed, because then nothing was shown.
 */
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { join, relative } from 'node:path';
import { buildSite } from './build-node.mjs';
import {
  ensureAdapter,
  ensureChromium,
  ensurePackages,
  ensureReferencePython,
  root,
  runScript,
  SetupError,
} from './setup.mjs';

const results = join(root, 'test-results');
/** What Dawn prints on stderr in every process that opens an adapter. */
const NATIVE_NOISE = /^Warning: max\w+ artificially reduced/;

const parts = {
  lint: async () => {
    await check('Biome (lint and format)', [
      bin('@biomejs/biome/bin/biome'),
      ...['check', '--vcs-enabled=true', '--vcs-client-kind=git', '--vcs-use-ignore-file=true', '.'],
    ]);
    await check('TypeScript', [bin('typescript/bin/tsc'), '--noEmit', '-p', '.']);
  },
  unit: async () => {
    await ensureAdapter();
    title('Unit tests');
    const report = join(results, 'unit.json');
    const args = ['run', '--reporter=default', '--reporter=json', `--outputFile.json=${report}`];
    countVitest(await execute(process.execPath, [bin('vitest/vitest.mjs'), ...args]), readReport(report));
  },
  reference: async () => {
    const python = await ensureReferencePython();
    await check('Bundles and golden values are reproduced by PyTorch', ['tools/reference/check_all.py'], python);
    await ensureAdapter();
    await check('An exported adapter draws the same in diffusers', ['tools/reference/check_export.py'], python);
  },
  e2e: async () => {
    const chromium = await ensureChromium();
    title('Production build');
    await buildSite();
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

let passed = 0;
let failed = 0;

await runScript(async () => {
  const only = option('--only')?.split(',') ?? Object.keys(parts);
  const unknown = only.find((name) => !Object.hasOwn(parts, name));
  if (unknown) throw new SetupError(`Unknown part "${unknown}": expected some of ${Object.keys(parts).join(', ')}.`);
  await ensurePackages();
  rmSync(results, { recursive: true, force: true });
  mkdirSync(results, { recursive: true });
  for (const name of only) {
    try {
      await parts[name]();
    } catch (error) {
      if (!(error instanceof SetupError)) throw error;
      fail(error.message);
    }
  }
  console.log(`\n${passed} passed, ${failed} failed`);
  return failed === 0 && passed > 0 ? 0 : 1;
});

/** One program whose exit code says whether it passed. */
async function check(name, args, program = process.execPath) {
  title(name);
  if ((await execute(program, args)) === 0) passed += 1;
  else fail(`${name}: failed`);
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
  passed += expected;
  failed += unexpected;
  if (skipped > 0) fail(`${skipped} skipped browser tests`, skipped);
  if (flaky > 0) fail(`${flaky} browser tests passed at a second try only`, flaky);
  if (expected + unexpected === 0) fail('No test ran in the browser');
  else if (code !== 0 && unexpected === 0) fail('Tests in the browser: Playwright reports an error');
}

function fail(message, count = 1) {
  console.error(message);
  failed += count;
}

function title(name) {
  console.log(`\n== ${name}`);
}

function readReport(file) {
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : undefined;
}

/** Runs a program on this terminal, without native noise on stderr. Resolves to its exit code. */
function execute(program, args, extraEnv = {}) {
  return new Promise((resolve) => {
    const child = spawn(program, args, {
      cwd: root,
      env: { ...process.env, ...extraEnv },
      stdio: ['ignore', 'inherit', 'pipe'],
    });
    let rest = '';
    child.stderr.setEncoding('utf8').on('data', (text) => {
      const lines = (rest + text).split('\n');
      rest = lines.pop();
      for (const line of lines) if (!NATIVE_NOISE.test(line)) process.stderr.write(`${line}\n`);
    });
    child.on('error', (error) => {
      console.error(error.message);
      resolve(127);
    });
    child.on('close', (code) => {
      if (rest) process.stderr.write(rest);
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
