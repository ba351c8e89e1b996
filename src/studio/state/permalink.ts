/**
 * @file The page's address: place, run file, seed and cursor, only what differs from the defaults.
 *
 * It lives behind `#`, so a static host needs no rewriting and nothing is sent to a server:
 * `#align?steps=20&more=pixel%20art&at=10`.
 */
import { defaultFields, FIELD_NAMES, FIELDS, type Fields, PLACES } from './fields';

/** The `#…` part of an address that reopens this state. */
export function writePermalink(fields: Fields): string {
  const query = new URLSearchParams();
  for (const name of FIELD_NAMES) {
    const { link, codec, default: initial } = FIELDS[name] as (typeof FIELDS)['prompts'];
    if (!link) continue;
    const value = codec.write(fields[name] as string[]);
    if (value !== codec.write(initial)) query.set(link, value);
  }
  const text = query.toString();
  return `#${fields.place}${text ? `?${text}` : ''}`;
}

/** Reads what `writePermalink` wrote; unknown or damaged parts fall back to the defaults. */
export function readPermalink(hash: string): Fields {
  const fields = defaultFields();
  const [place, ...rest] = hash.replace(/^#/, '').split('?');
  fields.place = PLACES.find((p) => p === place) ?? fields.place;
  const query = new URLSearchParams(rest.join('?'));
  for (const name of FIELD_NAMES) {
    const { link, codec } = FIELDS[name] as (typeof FIELDS)['prompts'];
    const text = link ? query.get(link) : null;
    const value = text === null ? undefined : codec.read(text);
    if (value !== undefined) (fields as any)[name] = value;
  }
  return fields;
}
