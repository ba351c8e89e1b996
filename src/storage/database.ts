/**
 * @file The one IndexedDB database, with one object store: a record's key is its kind followed by its ids, so that any
 * records can change together in one transaction.
 *
 * Where a browser keeps no data for this page, memory.ts stands in.
 *
 * idb-keyval opens the database and hands out transactions; everything else in this folder goes through `transact`.
 */
import { createStore, promisifyRequest } from 'idb-keyval';
import { UserError } from '../errors';
import { MemoryRecords, type Records } from './memory';

export type Kind =
  | 'run'
  | 'metrics'
  | 'snapshot'
  | 'kept'
  | 'sample'
  | 'frame'
  | 'votes'
  /** A picture of a set, and its latents, by set and name. */
  | 'picture'
  | 'latents'
  | 'adapter'
  | 'tuning'
  /** The base of the user's own that was used last. */
  | 'own-base'
  /** A bundle's bundle.json by its address, for visits without a network. */
  | 'manifest'
  /** A bundle's file by its sha256, and the pieces of one whose download is under way. */
  | 'file'
  | 'part';

export type Key = [kind: Kind, ...ids: (string | number)[]];

const openRecords = createStore('direct-align-studio', 'records');

/** Where records go when the browser refuses to keep any; null as long as it has not. */
let memory: MemoryRecords | null = null;
let opened = false;

/** Whether what is written outlives the page; known after the first transaction. */
export const keepsRecords = (): boolean => memory === null;

/**
 * Runs `job` in one transaction: all of its writes land or none does. `job` may await requests of this store only.
 * Where the browser keeps no data at all, records live as long as the page.
 * @throws UserError where the browser has no room left or takes its data away
 */
export async function transact<T>(mode: IDBTransactionMode, job: (records: Records) => T | Promise<T>): Promise<T> {
  if (memory) return memory.transact(job);
  try {
    return await openRecords(mode, async (records) => {
      opened = true;
      const { transaction } = records;
      const done = new Promise<void>((resolve, reject) => {
        transaction.oncomplete = () => resolve();
        transaction.onabort = () => reject(transaction.error);
      });
      try {
        const result = await job(records);
        await done;
        return result;
      } catch (error) {
        done.catch(() => {});
        abort(transaction);
        throw error ?? transaction.error;
      }
    });
  } catch (error) {
    // The database never opened: the browser keeps no data for this page, as against one write that failed.
    if (!opened && (error as { name?: string } | null)?.name !== 'QuotaExceededError') {
      memory ??= new MemoryRecords();
      return memory.transact(job);
    }
    throw userError(error);
  }
}

/** The record under a key, undefined where there is none. */
export function read(key: Key): Promise<unknown> {
  return transact('readonly', (records) => promisifyRequest(records.get(key)));
}

/** Every record whose key begins with `prefix`, in the order of their keys. */
export function readAll(...prefix: Key): Promise<unknown[]> {
  return transact('readonly', (records) => promisifyRequest(records.getAll(below(...prefix))));
}

/** The keys beginning with `prefix`, in order. */
export function readKeys(...prefix: Key): Promise<Key[]> {
  return transact('readonly', (records) => promisifyRequest(records.getAllKeys(below(...prefix)))) as Promise<Key[]>;
}

export function write(key: Key, record: unknown): Promise<void> {
  return transact('readwrite', (records) => void records.put(record, key));
}

/** Removes every record whose key begins with `prefix`. */
export function remove(...prefix: Key): Promise<void> {
  return transact('readwrite', (records) => void records.delete(below(...prefix)));
}

/** All keys that begin with `prefix`: in the order of IndexedDB an array comes after every string and number. */
export function below(...prefix: Key): IDBKeyRange {
  return IDBKeyRange.bound(prefix, [...prefix, []]);
}

export { promisifyRequest };

function abort(transaction: IDBTransaction): void {
  try {
    transaction.abort();
  } catch {
    // It is over already.
  }
}

function userError(error: unknown): unknown {
  if (error instanceof UserError) return error;
  const { name, message } = (error ?? {}) as { name?: string; message?: string };
  if (name === 'QuotaExceededError') return new QuotaError();
  if (name === 'SecurityError' || name === 'InvalidStateError' || name === 'UnknownError') {
    return new UserError(
      `The browser keeps no data for this page (${message}): allow site data, or leave private browsing, and reload.`,
    );
  }
  return error;
}

/** No room left. What was stored before is untouched, because the transaction as a whole was undone. */
export class QuotaError extends UserError {
  constructor() {
    super(
      'The browser has no room left for this page: delete runs or LoRAs in the Library, or free space on the disk; everything saved before is still there.',
    );
  }
}
