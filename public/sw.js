/**
 * @file The service worker: after the first visit the page opens without a network, from any sub-path.
 *
 * Built files carry a hash in their name, so a cached one is never out of date; everything else asks the network first.
 * Weights are not its business: the worker's downloader keeps them (src/worker). Nor are sets of pictures, which the page
 * stores when they are wanted.
 */
const CACHE = 'studio-1';
const HASHED = /-[\w-]{8}(\.\w+)$/;

addEventListener('install', () => skipWaiting());
addEventListener('activate', (event) => event.waitUntil(clients.claim()));

/** Whether this file is kept: ours, read with GET, and not a weight. */
function isKept(url) {
  const scope = new URL(registration.scope);
  if (url.origin !== scope.origin || !url.pathname.startsWith(scope.pathname)) return false;
  const path = url.pathname.slice(scope.pathname.length);
  if (path.startsWith('pictures/')) return false;
  return !path.startsWith('bundles/') || /\.(json|txt)$/.test(path);
}

async function keep(request, response) {
  if (response.ok && response.type === 'basic') {
    const cache = await caches.open(CACHE);
    await cache.put(request, response.clone());
  }
  return response;
}

/** A file is the same whoever asks: hosts that answer `Vary: Origin` would hide it from the page's own modules. */
const SAME = { ignoreSearch: true, ignoreVary: true };

const kept = (request) => caches.match(request, { ...SAME, cacheName: CACHE });

addEventListener('fetch', (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== 'GET' || request.headers.has('range') || !isKept(url)) return;
  event.respondWith(
    (async () => {
      const hashed = HASHED.test(url.pathname);
      const cached = hashed ? await kept(request) : undefined;
      if (cached) return cached;
      try {
        return await keep(request, await fetch(request));
      } catch (error) {
        const old = (await kept(request)) ?? (request.mode === 'navigate' ? await kept(registration.scope) : undefined);
        if (old) return old;
        throw error;
      }
    })(),
  );
});

/** The page names the files it uses: missing ones are fetched, older builds of the same file go. */
addEventListener('message', (event) => {
  if (event.data?.type !== 'keep') return;
  event.waitUntil(
    (async () => {
      const cache = await caches.open(CACHE);
      const urls = [...new Set(event.data.urls)].map((u) => new URL(u)).filter(isKept);
      const stem = (pathname) => pathname.replace(HASHED, '$1');
      for (const request of await cache.keys()) {
        const { pathname } = new URL(request.url);
        const newer = urls.find((u) => HASHED.test(u.pathname) && stem(u.pathname) === stem(pathname));
        if (newer && !urls.some((u) => u.pathname === pathname)) await cache.delete(request);
      }
      await Promise.all(
        urls.map(async (url) => {
          if (await cache.match(url.href, SAME)) return;
          const response = await fetch(url.href).catch(() => null);
          if (response?.ok) await cache.put(url.href, response);
        }),
      );
    })(),
  );
});
