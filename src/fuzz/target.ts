/** @file What a fuzz target is: a good input, the ways to damage it, and its reader. */
import { strToU8 } from 'fflate';
import type { Random } from '../align/random';
import { escapeText } from '../shown';
import { below, mutateBytes } from './mutate';

export interface Target {
  name: string;
  /** A damaged input and its reader, whose result holds finite numbers only. */
  damage(random: Random): { input: Uint8Array<ArrayBuffer>; read: () => unknown };
}

/** Why a message must not be shown as it is; undefined where it may. */
export function unsafePart(message: string): string | undefined {
  if (new TextEncoder().encode(message).length > 400) return 'longer than 400 bytes';
  if (message !== escapeText(message)) return 'characters that are not to be shown';
}

/** A sentence that is shown without refusing the input; it has to be as short and safe as an error's. */
export class Warning extends Error {}

/** A target of bytes. */
export function ofBytes(
  name: string,
  damaged: (random: Random) => Uint8Array,
  read: (bytes: Uint8Array<ArrayBuffer>) => unknown,
): Target {
  return {
    name,
    damage: (random) => {
      const input = Uint8Array.from(damaged(random));
      return { input, read: () => read(input) };
    },
  };
}

/** A target of text; now and then its bytes are damaged as well. */
export function ofText(
  name: string,
  damaged: (random: Random) => string,
  read: (bytes: Uint8Array<ArrayBuffer>) => unknown,
): Target {
  const bytes = (random: Random) => strToU8(damaged(random));
  return ofBytes(name, (random) => (below(random, 6) === 0 ? mutateBytes(random, bytes(random)) : bytes(random)), read);
}
