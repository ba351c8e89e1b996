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

let opening: Promise<void> | null = null;

/**
 * Downloads what is missing and opens the GPU; called by a press that named the size (the consent).
 * @param signal ends the download
 */
export function openBundle(signal?: AbortSignal): Promise<void> {
  if (getState().opened === 'yes') return Promise.resolve();
  opening ??= (async () => {
    setState({ opened: 'opening' });
    try {
      if (!getState().bundleLocation) await describeBundle();
      const opened = await ask({ type: 'open', bundle: getState().bundleLocation! }, 'opened', signal);
      setState({ opened: 'yes', bundle: opened.info, gpu: opened.gpu, download: null, downloadBytes: 0 });
    } catch (error) {
      setState({ opened: 'no', download: null });
      throw error;
    } finally {
      opening = null;
    }
  })();
  return opening;
}
