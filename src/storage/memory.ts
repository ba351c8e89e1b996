/**
 * @file Records in memory, for browsers that keep no data for this page (site data off, a frame of another site, some
 * private windows): everything works, and is gone with the page.
 *
 * It answers what this folder asks of an object store; keys are compared and found as IndexedDB does.
 */

/** The part of an object store that this folder uses. */
export type Records = Pick<IDBObjectStore, 'get' | 'put' | 'delete' | 'getAll' | 'getAllKeys' | 'count'>;

type Part = string | number;
type Entry = { key: Part[]; record: unknown };

export class MemoryRecords {
  #entries: Entry[] = [];
  #last: Promise<unknown> = Promise.resolve();

  /** One transaction after the other; where the job fails, all is as before. */
  transact<T>(job: (records: Records) => T | Promise<T>): Promise<T> {
    const turn = this.#last.then(async () => {
      const entries = [...this.#entries];
      const result = await job(recordsOf(entries));
      this.#entries = entries;
      return result;
    });
    this.#last = turn.catch(() => {});
    return turn;
  }
}

function recordsOf(entries: Entry[]): Records {
  const within = (query: unknown) => {
    const includes = query instanceof IDBKeyRange ? (key: Part[]) => query.includes(key) : same(query as Part[]);
    return entries.filter(({ key }) => includes(key));
  };
  const drop = (query: unknown) => {
    for (const entry of within(query)) entries.splice(entries.indexOf(entry), 1);
  };
  const records = {
    get: (query: unknown) => answer(structuredClone(within(query)[0]?.record)),
    getAll: (query: unknown) => answer(within(query).map(({ record }) => structuredClone(record))),
    getAllKeys: (query: unknown) => answer(within(query).map(({ key }) => key)),
    count: (query: unknown) => answer(within(query).length),
    delete: (query: unknown) => answer(drop(query)),
    put: (record: unknown, key: unknown) => {
      drop(key);
      const at = entries.findIndex((entry) => compare(entry.key, key as Part[]) > 0);
      entries.splice(at < 0 ? entries.length : at, 0, { key: key as Part[], record: structuredClone(record) });
      return answer(key);
    },
  };
  return records as unknown as Records;
}

const same = (a: Part[]) => (b: Part[]) => compare(a, b) === 0;

/** Numbers come before strings; an array before those that it begins. */
function compare(a: Part[], b: Part[]): number {
  for (let i = 0; i < Math.min(a.length, b.length); i++) {
    if (a[i] === b[i]) continue;
    if (typeof a[i] !== typeof b[i]) return typeof a[i] === 'number' ? -1 : 1;
    return a[i] < b[i] ? -1 : 1;
  }
  return a.length - b.length;
}

/** A request that is answered at once, after those who ask have set what to do with the answer. */
function answer(result: unknown) {
  const request = { result, onsuccess: null as (() => void) | null };
  queueMicrotask(() => request.onsuccess?.());
  return request;
}
