/**
 * @file Whether this browser can train, and where it cannot, one sentence saying what is missing and what to do.
 *
 * Only asks for an adapter; the device itself belongs to the worker (src/gpu).
 */
export type Capability =
  | { kind: 'ready' }
  | { kind: 'no-api' | 'insecure' | 'no-adapter' | 'limits'; sentence: string };

/** What WebGPU promises on every core adapter and the engine relies on (compatibility adapters may have less). */
export const NEEDED_LIMITS = {
  maxStorageBufferBindingSize: 128 * 1024 * 1024,
  maxStorageBuffersPerShaderStage: 8,
  maxComputeInvocationsPerWorkgroup: 256,
} as const;

interface Surroundings {
  secure: boolean;
  gpu?: { requestAdapter(): Promise<{ limits: Partial<Record<keyof typeof NEEDED_LIMITS, number>> } | null> };
}

/**
 * Looks at the browser.
 * @param around what to look at; the page's own `navigator.gpu` unless a test passes another
 */
export async function findCapability(
  around: Surroundings = { secure: isSecureContext, gpu: navigator.gpu },
): Promise<Capability> {
  if (!around.secure) {
    return {
      kind: 'insecure',
      sentence:
        'This page was opened over plain HTTP, where browsers keep WebGPU switched off: open it over https:// or on localhost to train.',
    };
  }
  if (!around.gpu) {
    return {
      kind: 'no-api',
      sentence:
        'This browser has no WebGPU: to train, open this page in Chrome or Edge 121, Safari 26 or Firefox on Windows or macOS.',
    };
  }
  const adapter = await around.gpu.requestAdapter().catch(() => null);
  if (!adapter) {
    return {
      kind: 'no-adapter',
      sentence:
        'This browser has WebGPU but found no graphics adapter it may use: switch on hardware acceleration in its settings or update the graphics driver, then reload.',
    };
  }
  for (const [name, needed] of Object.entries(NEEDED_LIMITS) as [keyof typeof NEEDED_LIMITS, number][]) {
    const found = adapter.limits[name] ?? 0;
    if (found < needed) {
      return {
        kind: 'limits',
        sentence: `This graphics adapter is too small to train: its ${name} is ${found}, and ${needed} is needed; try another browser or computer.`,
      };
    }
  }
  return { kind: 'ready' };
}
