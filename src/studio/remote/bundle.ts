/** @file The base bundle: what it is called and weighs, and opening it. */
import { UserError } from '../../errors';
import { getState, useStudio } from '../state/store';
import { ask } from './messages';

const setState = useStudio.setState;

/** Asks for the bundle's name, words and download size; nothing large is fetched. */
export async function describeBundle(): Promise<void> {
  const { bundleLocation } = getState();
  const bundle = bundleLocation ?? { kind: 'url' as const, base: bundleUrl(getState().fields.bundle) };
  const described = await ask({ type: 'describe', bundle }, 'described');
  setState({
    bundle: described.info,
    bundleLocation: bundle,
    downloadBytes: Math.max(described.downloadBytes - described.cachedBytes, 0),
  });
}

/** Folder of one of our own bundles, at any sub-path. */
function bundleUrl(name: string): string {
  if (!/^[\w.-]+$/.test(name)) throw new UserError(`"${name}" is not a bundle of this site; drop its folder instead.`);
  return new URL(`bundles/${name}/`, document.baseURI).href;
}

let opening: { promise: Promise<void>; waiting: number; cancel(): void } | null = null;

/**
 * Downloads what is missing and opens the GPU; called by a press that named the size (the consent).
 * @param signal aborted where it is wanted no more; where nobody else waits for it, the download ends too
 * @throws the signal's reason
 */
export async function openBundle(signal?: AbortSignal): Promise<void> {
  if (getState().opened === 'yes') return;
  if (!opening) {
    const controller = new AbortController();
    opening = { promise: open(controller.signal), waiting: 0, cancel: () => controller.abort(new Cancelled()) };
    opening.promise.catch(() => {});
  }
  const { promise } = opening;
  const mine = opening;
  mine.waiting++;
  const leave = () => {
    if (--mine.waiting === 0) mine.cancel();
  };
  if (!signal) return promise;
  signal.throwIfAborted();
  return new Promise((resolve, reject) => {
    signal.addEventListener('abort', () => {
      leave();
      reject(signal.reason);
    });
    promise.then(resolve, reject);
  });
}

/** Thrown where something was called off; nobody has to be told who asked for it. */
export class Cancelled extends Error {}

async function open(signal: AbortSignal): Promise<void> {
  setState({ opened: 'opening', kernels: 0 });
  try {
    if (!getState().bundleLocation) await describeBundle();
    const opened = await ask({ type: 'open', bundle: getState().bundleLocation! }, 'opened', signal);
    setState({ opened: 'yes', bundle: opened.info, gpu: opened.gpu, download: null, downloadBytes: 0 });
  } catch (error) {
    setState({ opened: 'no', download: null });
    // What is here of it need not be fetched again.
    if (error instanceof Cancelled) void describeBundle().catch(() => {});
    throw error;
  } finally {
    opening = null;
  }
}
