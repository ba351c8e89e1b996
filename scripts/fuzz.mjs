/** @file `npm run fuzz [-- --seconds N]`: tries damaged files of every kind on their readers; no device is opened. */
import { spawn } from 'node:child_process';
import { buildNode } from './build-node.mjs';
import { ensurePackages, root, runScript } from './setup.mjs';

await runScript(async () => {
  await ensurePackages();
  const program = await buildNode('fuzz', 'src/fuzz/main.ts');
  const args = ['--enable-source-maps', program, ...process.argv.slice(2)];
  const child = spawn(process.execPath, args, { stdio: 'inherit', env: { ...process.env, STUDIO_ROOT: root } });
  return new Promise((resolve) => child.on('close', (code) => resolve(code ?? 1)));
});
