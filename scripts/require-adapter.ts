/** @file Runs once before the tests: without a WebGPU adapter they fail, because skipped GPU tests prove nothing. */
import { openNodeGpu } from '../src/gpu/node';

export default async function requireAdapter(): Promise<void> {
  const adapter = await (await openNodeGpu()).requestAdapter();
  if (!adapter) throw new Error('The tests need a WebGPU adapter: npm test installs a software one.');
}
