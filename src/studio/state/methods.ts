/** @file The alignment methods that can be chosen, and which of the run file's settings each one reads. */

/** An option of one method, as a form shows it. */
export interface MethodOption {
  default: unknown;
  label: string;
  help: string;
  kind: 'integer' | 'real' | 'pair' | 'choice' | 'flag';
  min?: number;
  max?: number;
  choices?: readonly string[];
}

export interface MethodChoice {
  id: string;
  label: string;
  about: string;
  options: Readonly<Record<string, MethodOption>>;
  /** Paths of the run file that this method reads and not every method does. */
  reads: readonly string[];
}

const LEVELS = ['timesteps.sigmaMin', 'timesteps.sigmaMax', 'timesteps.count', 'timesteps.step'];

export const METHODS: readonly MethodChoice[] = [
  {
    id: 'srpo',
    label: 'SRPO',
    about: 'Two branches: one towards “more of”, one away from “less of”. Resists reward hacking.',
    options: {},
    reads: [...LEVELS, 'reward.kappaDenoise', 'reward.kappaInversion'],
  },
  {
    id: 'direct-align',
    label: 'Direct-Align',
    about: 'The first branch alone. Quicker, and easier to fool.',
    options: {},
    reads: [...LEVELS, 'reward.kappaDenoise'],
  },
];

export const METHOD_IDS: readonly string[] = METHODS.map(({ id }) => id);

/** The method of this id; the first where there is none. */
export const methodOf = (id: string): MethodChoice => METHODS.find((method) => method.id === id) ?? METHODS[0];
