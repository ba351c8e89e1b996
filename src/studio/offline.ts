/**
 * @file Makes the page work offline after the first visit: registers public/sw.js, fetches the places that are loaded
 * late, and hands the worker the list of files this page uses.
 */
export function goOffline(): void {
  if (!('serviceWorker' in navigator) || import.meta.env.DEV) return;
  addEventListener('load', () => {
    void (async () => {
      await navigator.serviceWorker.register('sw.js').catch((error) => console.warn(error));
      const registration = await navigator.serviceWorker.ready;
      await idle();
      await Promise.allSettled([
        import('./places/compare/compare-place'),
        import('./places/library/library-place'),
        import('./places/learn/learn-place'),
        import('./parts/palette'),
        import('./parts/about'),
        import('./parts/all-settings'),
        import('uplot'),
      ]);
      const used = performance.getEntriesByType('resource').map((entry) => entry.name);
      registration.active?.postMessage({ type: 'keep', urls: [location.href.split('#')[0], ...used] });
    })();
  });
}

const idle = () =>
  new Promise<void>((resolve) => {
    if ('requestIdleCallback' in window) requestIdleCallback(() => resolve(), { timeout: 5000 });
    else setTimeout(resolve, 2000);
  });
