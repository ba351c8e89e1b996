/**
 * @file The page inside of another page, `?embed=lesson` or `?embed=laboratory`: that alone, without the head and the other
 * places.
 */
const EMBEDS = ['lesson', 'laboratory'] as const;
export type Embed = (typeof EMBEDS)[number];

/** @param search of the address, `?embed=laboratory` */
export function embedOf(search: string): Embed | null {
  const asked = new URLSearchParams(search).get('embed');
  return EMBEDS.find((embed) => embed === asked) ?? null;
}

/** What this page was asked for; null: the whole studio. */
export const EMBED: Embed | null = embedOf(globalThis.location?.search ?? '');
