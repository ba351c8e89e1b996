/**
 * @file What a LoRA dialect is: how a program names the tensors of a LoRA. The registry is `index.ts`.
 */
import type { Adapted, Architecture, Naming } from '../../models/flux-names';

export interface LoraKey extends Adapted {
  part: 'A' | 'B' | 'alpha';
  /** The linear's name in the file, which PEFT's patterns are matched with. */
  module: string;
  /** PEFT's name of the adapter, where the key has one. */
  adapter?: string;
}

export interface Dialect {
  /** Who writes it, as `info` shows it. */
  label: string;
  /**
   * `first`: as diffusers reads `.alpha` tensors, the first one in the file counts for every pair that has none.
   * `own`: a pair without one has alpha = rank.
   */
  alpha: 'first' | 'own';
  /** Whether alpha lies in a file beside it. */
  needsConfig?: true;
  /** What a tensor's name says in a file of that architecture; undefined where it is no name of this dialect. */
  read(key: string, architecture: Architecture): LoraKey | undefined;
}

export interface Syntax {
  /** Where a name begins: everything before the linear's name. */
  prefix: RegExp;
  /** The end of a name, with groups `part` and, for PEFT's names of adapters, `adapter`. */
  suffixes: readonly RegExp[];
  naming: Naming | Readonly<Record<Architecture, Naming>>;
  /** What the linear's name still needs before it is looked up. */
  module?: (name: string) => string;
}

/** A dialect whose names are a prefix, a linear and the part of its LoRA. */
export function syntaxReader({ prefix, suffixes, naming, module = (name) => name }: Syntax): Dialect['read'] {
  return (key, architecture) => {
    const names = 'adapted' in naming ? naming : naming[architecture];
    const begin = prefix.exec(key)?.[0].length;
    if (begin === undefined) return undefined;
    const rest = key.slice(begin);
    for (const suffix of suffixes) {
      const match = suffix.exec(rest);
      if (!match) continue;
      const name = module(rest.slice(0, match.index));
      const adapted = names.adapted(name);
      if (!adapted) continue;
      const { part, adapter } = match.groups as { part: string; adapter?: string };
      return { ...adapted, part: PARTS[part], module: name, adapter };
    }
    return undefined;
  };
}

const PARTS: Record<string, LoraKey['part']> = { A: 'A', B: 'B', down: 'A', up: 'B', alpha: 'alpha' };

/** `X.lora_A.weight`, with the adapter's name `X.lora_A.my-style.weight`, as a plain parameter `X.lora_A`. */
export const LORA_AB = /\.lora_(?<part>[AB])(?:(?:\.(?<adapter>[^.]+))?\.weight)?$/;
/** `X.lora_down.weight` */
export const LORA_DOWN_UP = /\.lora_(?<part>down|up)\.weight$/;
export const ALPHA = /\.(?<part>alpha)$/;
