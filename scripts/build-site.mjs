/** @file `npm run build`: the static site in dist/, which works from any sub-path of any web server. */
import { buildSite } from './build-node.mjs';
import { ensurePackages, runScript } from './setup.mjs';

await runScript(async () => {
  await ensurePackages();
  await buildSite();
});
