/** @file What the tests of the verbs share: a verb run in this process, damaged bundles, a folder's content. */
import { type StdioOptions, spawn } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, vi } from 'vitest';
import { UserError } from '../../errors';
import { writeSafetensors } from '../../formats/safetensors';
import type { Verb } from '../verb';

export const NANO = 'public/bundles/nano';

/** A run file for nano that trains in seconds. */
export const SMALL_RUN = {
  version: 1,
  bundle: 'nano',
  seed: 7,
  steps: 4,
  batch: 1,
  prompts: ['cat face', 'red apple'],
  lora: { rank: 2, targets: ['attn.to_q', 'attn.to_v'] },
  rollout: { steps: 2 },
  samples: { every: 2, prompts: ['cat face'], seed: 99 },
  keepEvery: 2,
};

export interface Ended {
  code: number;
  stdout: string;
  /** The sentence that the program would print, where a UserError ended the verb. */
  error?: string;
}

/** Runs a verb as main.ts does; anything but a UserError fails the test. */
export async function runVerb(verb: Verb, args: readonly string[]): Promise<Ended> {
  let stdout = '';
  const spy = vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    stdout += text;
    return true;
  });
  try {
    return { code: (await verb.run(args)) ?? 0, stdout };
  } catch (error) {
    if (error instanceof UserError) return { code: 1, stdout, error: error.message };
    throw error;
  } finally {
    spy.mockRestore();
  }
}

const studio = fileURLToPath(new URL('../../../scripts/studio.mjs', import.meta.url));

/** Runs the real program as users do. */
export function runProgram(
  args: readonly string[],
  env: NodeJS.ProcessEnv = {},
): Promise<{ code: number | null; stdout: string; stderr: string }> {
  const stdio: StdioOptions = ['ignore', 'pipe', 'pipe'];
  const child = spawn(process.execPath, [studio, ...args], { env: { ...process.env, ...env }, stdio });
  const output = { stdout: '', stderr: '' };
  child.stdout!.on('data', (text) => {
    output.stdout += text;
  });
  child.stderr!.on('data', (text) => {
    output.stderr += text;
  });
  return new Promise((resolve) => child.on('close', (code) => resolve({ code, ...output })));
}

/** Results in a run's folder that must not depend on where the run was interrupted. */
export function resultsOf(folder: string): Record<string, string> {
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  const kept = names.filter((name) => /\.(safetensors|png)$|^run\.json$/.test(name)).sort();
  return Object.fromEntries(kept.map((name) => [name, readFileSync(join(folder, name)).toString('base64')]));
}

export const temporaryFolder = (): string => mkdtempSync(join(tmpdir(), 'studio-test-'));

/**
 * A cache folder for this test file alone, with the kernels that all files start with: another file that measures
 * must not change what a run here is repeated with.
 */
export function ownCache(): string {
  const folder = temporaryFolder();
  cpSync(process.env.XDG_CACHE_HOME!, folder, { recursive: true });
  afterAll(() => rmSync(folder, { recursive: true }));
  return folder;
}

/** Writes a file and the folders it needs; objects as JSON. Returns its path. */
export function put(path: string, content: Uint8Array | string | object): string {
  mkdirSync(dirname(path), { recursive: true });
  const raw = typeof content === 'string' || content instanceof Uint8Array;
  writeFileSync(path, raw ? content : JSON.stringify(content));
  return path;
}

/** Writes a file of one f32 tensor. */
export function putTensor(path: string, name: string, shape: number[], value = 0.5): string {
  const data = new Float32Array(shape.reduce((a, b) => a * b, 1)).fill(value);
  return put(path, writeSafetensors([{ name, shape, data }]));
}

/** A copy of nano without checksums, which `damage` then changes. Returns its folder. */
export function damagedNano(folder: string, damage: (file: (name: string) => string) => void): string {
  cpSync(NANO, folder, { recursive: true });
  const manifest = JSON.parse(readFileSync(join(folder, 'bundle.json'), 'utf8'));
  delete manifest.files;
  put(join(folder, 'bundle.json'), manifest);
  damage((name) => join(folder, name));
  return folder;
}

/** Rewrites a safetensors file's header, and its data where `data` is given. */
export function editHeader(path: string, edit: (header: Record<string, any>) => void, extraBytes = 0): void {
  const bytes = readFileSync(path);
  const length = Number(bytes.readBigUInt64LE());
  const header = JSON.parse(bytes.subarray(8, 8 + length).toString());
  edit(header);
  const json = Buffer.from(JSON.stringify(header));
  const head = Buffer.alloc(8);
  head.writeBigUInt64LE(BigInt(json.length));
  writeFileSync(path, Buffer.concat([head, json, bytes.subarray(8 + length), Buffer.alloc(extraBytes)]));
}

/** Every file below a folder with its bytes (as base64) and the time it was written. */
export function contentOf(folder: string): Record<string, string> {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return Object.fromEntries(
    files.map((entry) => {
      const path = join(entry.parentPath ?? entry.path, entry.name);
      return [path, `${statSync(path).mtimeMs} ${readFileSync(path).toString('base64')}`];
    }),
  );
}
