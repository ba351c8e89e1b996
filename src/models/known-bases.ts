/**
 * @file The bases that this project ships or has shipped, by hash, so that a run or a LoRA of an earlier one is told by
 * the base's name.
 */

/** sha256 of the transformer (`bundleHash`) → name and version in bundle.json. A new training adds a line. */
const KNOWN_BASES: Readonly<Record<string, string>> = {
  '59eab2c3e08708f2b6c3a23a5cb1eafd2ad7ca2ae1c20a5d2ebfc25678ce829b': 'mini-flux version 1',
  '3cd0f10ee844302e2168fe8c13c10201fc3843a5fb27d11989e8feed4344f25b': 'mini-flux version 2',
};

/** What tells one base from another. */
export interface BaseIdentity {
  name: string;
  version: number;
  /** `bundleHash` of the bundle. */
  hash: string;
}

/** "mini-flux version 1"; of a base that is not ours, "another base (sha256 0123456789ab…)". */
export function nameOfBase(hash: string): string {
  return Object.hasOwn(KNOWN_BASES, hash) ? KNOWN_BASES[hash] : `another base (sha256 ${hash.slice(0, 12)}…)`;
}

/**
 * Half a sentence for what was trained on another base than the one in use, to be ended with what still works; null
 * where it was trained on this base, or nothing says on which.
 *
 * @param what the run or LoRA, as it begins the sentence
 * @param hash of the base it was trained on
 */
export function trainedElsewhere(what: string, hash: string | null | undefined, base: BaseIdentity): string | null {
  if (!hash || hash === base.hash) return null;
  return `${what} was trained on ${nameOfBase(hash)}, this is ${base.name} version ${base.version}`;
}

/** The warning for a LoRA that is used on another base than its own, or null. */
export function foreignLoraWarning(what: string, hash: string | null | undefined, base: BaseIdentity): string | null {
  const elsewhere = trainedElsewhere(what, hash, base);
  return elsewhere && `${elsewhere}: it fits and is used, but its pictures will not be those it was trained for.`;
}
