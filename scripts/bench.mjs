/** @file `npm run bench [-- --json]`: measures the engine in Node; `npm run bench -- page` measures the page. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { buildNode, buildSite } from './build-node.mjs';
import { runProgram } from './run-program.mjs';
import { ensureAdapter, ensureChromium, ensurePackages, root, runScript } from './setup.mjs';

await runScript(async () => {
  await ensurePackages();
  if (process.argv[2] === 'page') return benchPage();
  await ensureAdapter();
  return runProgram(await buildNode('bench', 'bench/main.ts'), process.argv.slice(2));
});

async function benchPage() {
  const env = { ...process.env, CHROMIUM_PATH: await ensureChromium() };
  await buildSite();
  const playwright = join(root, 'node_modules/@playwright/test/cli.js');
  const args = [playwright, 'test', '--config', 'bench/page/playwright.config.ts'];
  return spawnSync(process.execPath, args, { cwd: root, env, stdio: 'inherit' }).status ?? 1;
}
