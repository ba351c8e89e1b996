/** @file Serves dist/ with vite's static server. Prints nothing; `node scripts/serve.mjs PORT` serves until it is ended. */
import { fileURLToPath } from 'node:url';
import { root } from './setup.mjs';

/**
 * @param port the port wanted
 * @param strict whether another one may be taken where it is in use
 * @returns the address, e.g. `http://localhost:4173/`, and what ends it: until then the process lives
 */
export async function serveSite(port, strict) {
  const { preview } = await import('vite');
  const server = await preview({ root, logLevel: 'silent', preview: { port, strictPort: strict, host: 'localhost' } });
  return { address: server.resolvedUrls.local[0], close: () => server.close() };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await serveSite(Number(process.argv[2]), true);
