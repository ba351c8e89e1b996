/**
 * @file WebGPU in Node: Dawn through the npm package `webgpu`, with the driver found for the user.
 *
 * The Vulkan loader finds the system's drivers by itself; only SwiftShader, which Chromium keeps in its own
 * library folder, must be pointed out to it. Every driver then sits in one process, and Dawn's option
 * `adapter=NAME` picks among them: hardware first, then lavapipe, then SwiftShader.
 */
import { existsSync, readdirSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { UserError } from '../errors';
import { restBetweenEvents } from './resting';

export interface NodeAdapter {
  /** Dawn's name for the adapter, e.g. `llvmpipe (LLVM 15.0.6, 256 bits)`. */
  name: string;
  /** vulkan, metal, d3d12, … */
  backend: string;
  /** True where the arithmetic runs on the CPU. */
  software: boolean;
  info: GPUAdapterInfo;
}

interface Dawn {
  create(options: string[]): GPU;
}

/** Timestamps are for measuring kernels, so they are wanted unrounded. */
const DAWN_OPTIONS = ['disable-dawn-features=timestamp_quantization'];

/** Dawn frees its instance with the last reference to the GPU object while adapters still use it, so each is kept. */
const kept: GPU[] = [];
let dawn: Promise<Dawn> | undefined;
let adapters: Promise<NodeAdapter[]> | undefined;

/**
 * A WebGPU entry point whose `requestAdapter()` gives the chosen adapter. The process does not end by itself while
 * it exists: a program calls `process.exit`.
 *
 * @param adapterName part of a name, vendor or description in any case; hardware is preferred where it is missing.
 * @throws UserError where no adapter exists or none matches the name.
 */
export async function openNodeGpu(adapterName?: string): Promise<GPU> {
  const found = await listNodeAdapters();
  if (found.length === 0) {
    throw new UserError(
      'No WebGPU adapter was found: a GPU with a Vulkan, Metal or Direct3D 12 driver is needed, or a software driver' +
        ' (on Debian the package mesa-vulkan-drivers 24 or newer with libvulkan1, or chromium).',
    );
  }
  const chosen = adapterName === undefined ? found[0] : found.find((adapter) => matches(adapter, adapterName));
  if (!chosen) {
    throw new UserError(
      `No adapter is called "${adapterName}": expected part of one of ${found.map((a) => `"${a.name}"`).join(', ')}.`,
    );
  }
  return createGpu([`adapter=${chosen.name}`]);
}

/** Every adapter of this machine, the preferred one first. Found once a process. */
export function listNodeAdapters(): Promise<NodeAdapter[]> {
  adapters ??= probeAdapters();
  return adapters;
}

async function probeAdapters(): Promise<NodeAdapter[]> {
  const found: NodeAdapter[] = [];
  for (const { name, backend } of await adapterNames()) {
    if (found.some((adapter) => adapter.name === name)) continue;
    const adapter = await (await createGpu([`adapter=${name}`])).requestAdapter();
    if (adapter) found.push({ name, backend, software: adapter.info.isFallbackAdapter, info: adapter.info });
  }
  const fastest = (await (await createGpu([])).requestAdapter({ powerPreference: 'high-performance' }))?.info;
  const rank = ({ name, software, info }: NodeAdapter) => {
    if (!software) return fastest && info.device === fastest.device && info.vendor === fastest.vendor ? 0 : 1;
    return /llvmpipe/i.test(name) ? 2 : /swiftshader/i.test(name) ? 3 : 4;
  };
  return found.sort((a, b) => rank(a) - rank(b));
}

/** Dawn lists its adapters only in the message it gives for a name that none has. */
async function adapterNames(): Promise<{ name: string; backend: string }[]> {
  let message = '';
  try {
    await (await createGpu(['adapter=(none has this name)'])).requestAdapter();
  } catch (error) {
    if (error instanceof UserError) throw error;
    message = String(error);
  }
  return [...message.matchAll(/backend: '([^']*)', name: '(.*)'$/gm)].map(([, backend, name]) => ({ backend, name }));
}

async function createGpu(options: string[]): Promise<GPU> {
  dawn ??= loadDawn();
  const gpu = (await dawn).create([...DAWN_OPTIONS, ...options]);
  kept.push(gpu);
  return gpu;
}

async function loadDawn(): Promise<Dawn> {
  if (process.platform === 'linux') prepareVulkan();
  restBetweenEvents();
  try {
    const module = await import('webgpu');
    Object.assign(globalThis, module.globals);
    return module;
  } catch (error) {
    const reason = String((error as Error).message).split('\n')[0];
    throw new UserError(`Dawn, the WebGPU of the package "webgpu", does not load on this machine: ${reason}`);
  }
}

/**
 * Points the Vulkan loader at SwiftShader. VK_ADD_DRIVER_FILES adds to the drivers of the system and is ignored by
 * the loader where the user names drivers with VK_DRIVER_FILES or VK_ICD_FILENAMES.
 */
function prepareVulkan(): void {
  process.env.XDG_RUNTIME_DIR ??= tmpdir();
  const swiftShader = findSwiftShader();
  if (swiftShader) process.env.VK_ADD_DRIVER_FILES ??= swiftShader;
}

/** SwiftShader's driver file as Chromium, Chrome or Playwright's browser installs it. */
function findSwiftShader(): string | undefined {
  const folders = [
    '/usr/lib/chromium',
    '/usr/lib/chromium-browser',
    '/usr/lib64/chromium-browser',
    '/opt/google/chrome',
  ];
  try {
    // Without a home this would be a folder below the current one.
    const playwright = join(homedir() || '/', '.cache/ms-playwright');
    for (const browser of readdirSync(playwright).filter((name) => name.startsWith('chromium-'))) {
      folders.push(join(playwright, browser, 'chrome-linux'), join(playwright, browser, 'chrome-linux64'));
    }
  } catch {
    // No home, or nothing of Playwright's in it.
  }
  return folders.map((folder) => join(folder, 'vk_swiftshader_icd.json')).find(existsSync);
}

function matches({ name, backend, info }: NodeAdapter, wanted: string): boolean {
  const alias = /llvmpipe/i.test(name) ? 'lavapipe' : '';
  const text = [name, backend, alias, info.vendor, info.architecture, info.device, info.description].join(' ');
  return text.toLowerCase().includes(wanted.trim().toLowerCase());
}
