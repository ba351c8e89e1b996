/** @file Records and a lock manager for tests. Import it before anything opens the database: it installs fake-indexeddb. */
import 'fake-indexeddb/auto';
import type { Metrics } from '../formats/metrics';
import { parseRunFile } from '../methods/run-file';
import type { RunRecord, SnapshotRecord } from './records';

export const testRun = (id: string, changes: Partial<RunRecord> = {}): RunRecord => ({
  version: 2,
  id,
  name: `run ${id}`,
  run: parseRunFile({ version: 1, prompts: ['cat'] }),
  step: 0,
  state: 'paused',
  createdAt: 1,
  updatedAt: 1,
  baseHash: 'base',
  wordChanges: [],
  thumbnail: null,
  ...changes,
});

export const testMetrics = (step: number): Metrics => ({
  ...{ step, plan: { sigmaIndex: 5 }, reward: 0.1, loss: 0.6, gradNorm: 1, saturation: 0.2 },
  ...{ positive: '3d render', negative: 'flat design', seconds: 1 },
});

export const testSnapshot = (runId: string, step = 0): SnapshotRecord => ({
  version: 1,
  runId,
  step,
  parameters: Float32Array.of(step, 2),
  firstMoment: Float32Array.of(3, 4),
  secondMoment: Float32Array.of(5, 6),
  rngState: '00000001-00000002-00000003-00000004',
  kernelVariants: { matmul: 'scalar' },
  positive: ['3d render'],
  negative: ['flat design'],
  linears: [{ name: 'transformer_blocks.0.attn.to_q', in: 8, out: 8 }],
});

/** Web Locks within one process: Node 20 has none. */
export function testLocks(): LockManager {
  /** By name, the end of the last request in the queue. */
  const ends = new Map<string, Promise<unknown>>();
  const request = async (
    name: string,
    options: LockOptions | LockGrantedCallback<unknown>,
    callback?: LockGrantedCallback<unknown>,
  ) => {
    const grant = callback ?? (options as LockGrantedCallback<unknown>);
    const { ifAvailable, signal } = callback ? (options as LockOptions) : {};
    signal?.throwIfAborted();
    const before = ends.get(name);
    if (before && ifAvailable) return grant(null);
    const granted = (async () => {
      await before;
      signal?.throwIfAborted();
    })();
    const work = granted.then(() => grant({ name, mode: 'exclusive' }));
    const end = work.catch(() => {});
    ends.set(name, end);
    void end.then(() => ends.get(name) === end && ends.delete(name));
    if (!signal) return work;
    const aborted = new Promise<never>((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
    return Promise.race([granted, aborted]).then(() => work);
  };
  return {
    request,
    query: async () => ({ held: [...ends.keys()].map((name) => ({ name })) }),
  } as unknown as LockManager;
}

/**
 * Makes writes of records of one kind fail as a full disk does, until the returned function is called.
 * @param failures how many writes fail
 */
export function fillDisk(kind: string, failures = Number.POSITIVE_INFINITY): () => void {
  const { put } = IDBObjectStore.prototype;
  let left = failures;
  IDBObjectStore.prototype.put = function (this: IDBObjectStore, value: unknown, key?: IDBValidKey) {
    if (Array.isArray(key) && key[0] === kind && left-- > 0) {
      throw new DOMException('The disk is full.', 'QuotaExceededError');
    }
    return put.call(this, value, key);
  };
  return () => {
    IDBObjectStore.prototype.put = put;
  };
}
