/**
 * @file How the site and the tests are built; scripts/build-node.mjs builds the Node programs.
 *
 * - `vite build` makes the static site in dist/; every path in it is relative, so it works from any sub-path.
 * - `vite build --mode bench` adds bench.html, a build of its own: nothing of it is in the studio's code or files.json.
 * - `vitest` runs src/**\/*.test.ts in Node, on a real or a software adapter.
 */
import react from '@vitejs/plugin-react';
import type { Plugin } from 'vite';
import { defineConfig } from 'vitest/config';

/** Names the built code in files.json: the service worker keeps it for visits without a network (studio/startup/offline.ts). */
const listFiles: Plugin = {
  name: 'list-files',
  enforce: 'post',
  generateBundle(_, bundle) {
    const source = JSON.stringify(Object.keys(bundle).filter((name) => /\.(js|css|wasm|webp)$/.test(name)));
    this.emitFile({ type: 'asset', fileName: 'files.json', source });
  },
};

export default defineConfig(({ mode }) => ({
  base: './',
  // A file that is missing is 404, never the page.
  appType: 'mpa',
  plugins: mode === 'test' || mode === 'bench' ? [] : [react(), listFiles],
  // The tests read public/ from the checkout and need none of it served; the studio's build has put it into dist/.
  publicDir: mode === 'test' || mode === 'bench' ? false : 'public',
  worker: { format: 'es' },
  build: {
    target: 'es2022',
    // A strict Content-Security-Policy refuses inline scripts and data: modules, so nothing is inlined.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    sourcemap: mode !== 'bench',
    ...(mode === 'bench' && { emptyOutDir: false, rollupOptions: { input: 'bench.html' } }),
    chunkSizeWarningLimit: 1000,
  },
  optimizeDeps: { exclude: ['onnxruntime-web'] },
  server: { watch: { ignored: ['**/runs/**', '**/.cache/**', '**/build/**', '**/test-results/**'] } },
  test: {
    environment: 'node',
    include: ['src/**/*.test.ts', 'bench/**/*.test.ts'],
    pool: 'forks',
    maxWorkers: 2,
    globalSetup: ['scripts/prepare-tests.ts'],
    // Only what hangs ends here: a software adapter compiles the kernels of a whole model in a minute, on busy cores in many.
    testTimeout: 1_800_000,
    hookTimeout: 1_800_000,
    // Dawn ends with its process; waiting for it to be torn down gains nothing.
    teardownTimeout: 5_000,
  },
}));
