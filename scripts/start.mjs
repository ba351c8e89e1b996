/** @file `npm start`: builds the studio, serves it and opens it in the browser (`--no-open` and CI do not open it). */
import { spawn } from 'node:child_process';
import { buildSite } from './build-node.mjs';
import { serveSite } from './serve.mjs';
import { ensurePackages, runScript } from './setup.mjs';

await runScript(async () => {
  await ensurePackages();
  await buildSite();
  const { address } = await serveSite(4173, false);
  console.log(`Direct-Align Studio: ${address}  (Ctrl-C ends it)`);
  if (!process.argv.includes('--no-open') && !process.env.CI) open(address);
});

function open(address) {
  const commands = { darwin: ['open'], win32: ['cmd', '/c', 'start', ''] };
  const [program, ...args] = commands[process.platform] ?? ['xdg-open'];
  const opener = spawn(program, [...args, address], { stdio: 'ignore', detached: true });
  // Without a desktop the printed address is enough.
  opener.on('error', () => {});
  opener.unref();
}
