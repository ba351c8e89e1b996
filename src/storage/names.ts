/** @file Names in the Library tell what they name apart. */

/** The name itself, or with the first number from 2 that makes it unlike the others. */
export function unlike(name: string, others: readonly string[]): string {
  if (!others.includes(name)) return name;
  for (let n = 2; ; n++) if (!others.includes(`${name} (${n})`)) return `${name} (${n})`;
}
