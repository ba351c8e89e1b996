/** @file The worker's entry: messages in, events out, pictures handed over without a copy. */
import { picturesIn } from '../formats/timeline';
import { Host } from './host';
import type { Event, Picture } from './protocol';

const scope = globalThis as unknown as DedicatedWorkerGlobalScope;

const host = new Host({
  emit: (event) => scope.postMessage(event, transfersOf(event)),
  openEngine: async (bundle, options) => {
    // onnxruntime and the shaders are fetched when a bundle is opened, not when the page is.
    const [{ Engine }, { default: wasmUrl }] = await Promise.all([
      import('./engine'),
      import('onnxruntime-web/ort-wasm-simd-threaded.wasm?url'),
    ]);
    return Engine.open(bundle, { ...options, gpu: navigator.gpu, wasmUrl });
  },
});

scope.addEventListener('message', ({ data }) => void host.receive(data));

/** The buffers of an event's pictures and files. */
function transfersOf(event: Event): ArrayBuffer[] {
  switch (event.type) {
    case 'samples':
    case 'drawn':
    case 'sampled':
    case 'ballot':
      return event.pictures.map(bufferOf);
    case 'frame':
    case 'timeline':
      return picturesIn(event.timeline).map(bufferOf);
    case 'exported':
      return [event.bytes];
    default:
      return [];
  }
}

const bufferOf = (picture: Picture): ArrayBuffer => picture.data.buffer;
