/** @file The fields that are kept from visit to visit; where the browser keeps nothing, each visit is the first. */
import { FIELD_NAMES, FIELDS, type Fields } from '../state/fields';

type Store = Pick<Storage, 'getItem' | 'setItem'>;

const KEPT = FIELD_NAMES.filter((name) => FIELDS[name].kept);
const keyOf = (name: string) => `studio.${name}`;

/** The browser's store, null where it is blocked: cookies off, a frame of another site. */
function store(): Store | null {
  try {
    return globalThis.localStorage ?? null;
  } catch {
    return null;
  }
}

/** What the last visit kept. */
export function remembered(from: Store | null = store()): Partial<Fields> {
  const kept: Record<string, unknown> = {};
  for (const name of KEPT) {
    const text = from?.getItem(keyOf(name)) ?? null;
    const value = text === null ? undefined : FIELDS[name].codec.read(text);
    kept[name] = value ?? structuredClone(FIELDS[name].default);
  }
  return kept as Partial<Fields>;
}

/** Keeps them for the next visit. */
export function remember(fields: Fields, to: Store | null = store()): void {
  for (const name of KEPT) {
    const text = (FIELDS[name] as (typeof FIELDS)['lessonsDone']).codec.write(fields[name] as string[]);
    try {
      if (to?.getItem(keyOf(name)) !== text) to?.setItem(keyOf(name), text);
    } catch {
      // A full store: the visit goes on without remembering.
    }
  }
}
