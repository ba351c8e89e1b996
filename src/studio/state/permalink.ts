/**
 * @file The page's address: place, run file, seed and cursor, only what differs from the defaults.
 *
 * It lives behind `#`, so a static host needs no rewriting and nothing is sent to a server:
 * `#align?steps=20&more=pixel%20art&at=10`.
 */
import { defaultFields, FIELD_NAMES, FIELDS, type Fields, PLACES } from './fields';
import { recordingFor } from './recordings';
import { settingsRun } from './run-of-fields';
import { fittingBatch } from './switch-method';

/** The `#…` part of an address that reopens this state. */
export function writePermalink(fields: Fields): string {
  const query = new URLSearchParams();
  for (const name of FIELD_NAMES) {
    const { link, codec, at, default: initial } = FIELDS[name] as (typeof FIELDS)['prompts'];
    if (!link || (at && at !== fields.place)) continue;
    const value = codec.write(fields[name] as string[]);
    if (value !== codec.write(initial)) query.set(link, value);
  }
  const text = query.toString();
  return `#${fields.place}${text ? `?${text}` : ''}`;
}

/** Reads what `writePermalink` wrote; unknown or damaged parts fall back to the defaults. */
export const readPermalink = (hash: string): Fields => readLink(hash).fields;

/**
 * Reads an address.
 * @returns the fields, and each part that was left out, as it is written: no such name, a text that its field cannot
 *   read, or a value that a run cannot have
 */
export function readLink(hash: string): { fields: Fields; refused: string[] } {
  const [place, ...rest] = hash.replace(/^#/, '').split('?');
  const query = new URLSearchParams(rest.join('?'));
  const refused: string[] = [];
  const known = PLACES.find((p) => p === place);
  if (place !== '' && !known) refused.push(`#${place}`);
  const given = new Map<keyof Fields, unknown>();
  for (const [link, text] of query) {
    const name = FIELD_NAMES.find((n) => FIELDS[n].link === link);
    const value = name && FIELDS[name].codec.read(text);
    if (name === undefined || value === undefined) refused.push(`${link}=${text}`);
    else given.set(name, value);
  }
  const start = { ...defaultFields(), ...(known && { place: known }) };
  // A link that names a method of groups need not name the batch.
  if (!given.has('batch')) start.batch = fittingBatch({ ...start, ...Object.fromEntries(given) });
  const { fields, unfit } = possible(start, given);
  for (const name of unfit) {
    const { link } = FIELDS[name];
    refused.push(`${link}=${query.get(link!)}`);
  }
  // A link that names no recording shows the one of its settings.
  if (!given.has('recordingId')) fields.recordingId = recordingFor(fields) ?? start.recordingId;
  return { fields, refused };
}

/** As much of `given` as makes a run that there can be. */
function possible(start: Fields, given: Map<keyof Fields, unknown>): { fields: Fields; unfit: (keyof Fields)[] } {
  const withAll = { ...start, ...Object.fromEntries(given) };
  if (settingsRun(withAll)) return { fields: withAll, unfit: [] };
  let fields = start;
  let left = [...given.keys()];
  // Twice: one value may only be possible with another.
  for (let round = 0; round < 2; round++) {
    left = left.filter((name) => {
      const next = { ...fields, [name]: given.get(name) } as Fields;
      const fits = FIELDS[name].run === undefined || settingsRun(next) !== null;
      if (fits) fields = next;
      return !fits;
    });
  }
  return { fields, unfit: left };
}
