/**
 * @file Makes the page work offline after the first visit: registers public/sw.js and tells it what to keep, code that
 * has not been used yet as well. onnxruntime is large: it is kept once a press has opened the engine. The recorded runs of the
 * lessons are kept once Learn has been opened.
 */
import { type StudioState, useStudio } from '../state/store';

export function goOffline(): void {
  if (!('serviceWorker' in navigator) || import.meta.env.DEV) return;
  addEventListener('load', () => void keepFiles().catch((error) => console.warn(error)));
}

async function keepFiles(): Promise<void> {
  await navigator.serviceWorker.register('sw.js');
  const { active } = await navigator.serviceWorker.ready;
  await idle();
  const page = location.href.split('#')[0];
  // Written by vite.config.ts. Without a network everything is kept already.
  const files: string[] = await fetch('files.json').then(
    (response) => (response.ok ? response.json() : []),
    () => [],
  );
  const built = files.map((file) => new URL(file, page).href);
  const isLarge = (url: string) => url.endsWith('.wasm');
  const keep = (urls: string[]) => active?.postMessage({ type: 'keep', urls });
  const used = performance.getEntriesByType('resource').map((entry) => entry.name);
  keep([page, ...used, ...built.filter((url) => !isLarge(url))]);
  once(
    ({ opened }) => opened === 'yes',
    () => keep(built.filter(isLarge)),
  );
  once(
    ({ fields }) => fields.place === 'learn',
    () => void recordedFiles(page).then(keep, (error) => console.warn(error)),
  );
}

/** Does something the first time that the store is so, now or later. */
function once(isSo: (state: StudioState) => boolean, then: () => void): void {
  if (isSo(useStudio.getState())) {
    then();
    return;
  }
  const stop = useStudio.subscribe((state) => {
    if (!isSo(state)) return;
    stop();
    then();
  });
}

/** The files of all recorded runs that the lessons show. */
async function recordedFiles(page: string): Promise<string[]> {
  const { LESSONS } = await import('../lessons');
  const steps = LESSONS.flatMap((lesson) => lesson.steps);
  const ids = [...new Set(steps.flatMap(({ state }) => state.recording ?? []))];
  const files = ids.map(async (id) => {
    const folder = new URL(`recordings/${id}/`, page).href;
    const { frames, samples } = await (await fetch(`${folder}recording.json`)).json();
    const sheets: { sheet: string }[] = [...frames, ...samples];
    return [`${folder}recording.json`, ...sheets.map(({ sheet }) => folder + sheet)];
  });
  return (await Promise.all(files)).flat();
}

const idle = () =>
  new Promise<void>((resolve) => {
    if ('requestIdleCallback' in window) requestIdleCallback(() => resolve(), { timeout: 5000 });
    else setTimeout(resolve, 2000);
  });
