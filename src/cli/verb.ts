/**
 * @file What every verb of the program has.
 */
import type { Flag } from './args';

export interface Verb {
  name: string;
  /** One line for the list of verbs. */
  does: string;
  usage: string;
  flags: Record<string, Flag>;
  /** @returns the exit code, 0 where nothing is returned */
  run(args: readonly string[]): Promise<number | undefined>;
}

export const COMMON_FLAGS = {
  bundle: { kind: 'text', value: 'DIR', help: 'base bundle (default: public/bundles/mini-flux)' },
  adapter: { kind: 'text', value: 'NAME', help: 'graphics adapter, part of its name, where several are found' },
} as const satisfies Record<string, Flag>;

export const FORCE_FLAG = { kind: 'switch', help: 'replace results this program wrote before' } as const satisfies Flag;
