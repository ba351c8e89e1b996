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
  quantise: {
    kind: 'text',
    value: 'TYPE',
    help: "q8_0 or q4_0: what floats of the transformer's blocks become as they are loaded",
  },
  'modulations-ahead': {
    kind: 'switch',
    help: 'FLUX.1: compute modulations before they are needed, so that a quarter of the weights leaves the device; each new prompt reads it again',
  },
  'text-tokens': {
    kind: 'integer',
    value: 'N',
    help: "tokens of a text at most (default: the bundle's)",
    min: 2,
    max: 4096,
  },
  size: { kind: 'integer', value: 'N', help: "pictures of N × N pixels (default: the bundle's)", min: 16, max: 4096 },
  adapter: { kind: 'text', value: 'NAME', help: 'graphics adapter, part of its name, where several are found' },
} as const satisfies Record<string, Flag>;

/** Of the verbs that compute rewards. */
export const REWARD_FLAG = {
  'reward-folder': {
    kind: 'texts',
    value: 'NAME=DIR…',
    help: "a reward that is not in the bundle: a CLIP model's folder, or a head's; may repeat",
  },
} as const satisfies Record<string, Flag>;

/** What is drawn with where no flag says otherwise. */
export const DRAWING = { steps: 12, guidance: 3.5 };

const before = (of?: string) => (of === undefined ? '' : `: ${of}, else`);

/** How pictures are drawn. @param of what gives the values before the defaults: "the run's" */
export const drawingFlags = (of?: string) =>
  ({
    steps: {
      kind: 'integer',
      value: 'N',
      help: `Euler steps (default${before(of)} ${DRAWING.steps})`,
      min: 1,
      max: 1000,
    },
    guidance: {
      kind: 'number',
      value: 'G',
      help: `guidance (default${before(of)} ${DRAWING.guidance})`,
      min: 0,
      max: 100,
    },
  }) as const satisfies Record<string, Flag>;

export const FORCE_FLAG = { kind: 'switch', help: 'replace results this program wrote before' } as const satisfies Flag;
