/** @file A library's device that reports an error has computed nothing that may count. */

/** @returns throws the first error that the device has reported since it was watched */
export function watch(device: GPUDevice): () => void {
  let failure: string | null = null;
  device.addEventListener('uncapturederror', (event) => {
    failure ??= event.error.message;
    // Else the browser prints each.
    event.preventDefault();
  });
  return () => {
    if (failure !== null) throw new Error(`WebGPU: ${failure}`);
  };
}
