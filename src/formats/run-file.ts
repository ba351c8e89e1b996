/**
 * @file The run file (run.json): everything a training run depends on, in one schema shared by page, worker,
 * program, permalinks and the metadata of exported LoRAs. Documented in docs/FORMATS.md.
 *
 * What depends on the run's method, its options among them, is checked by `parseRunFile` (methods/run-file.ts).
 */
import * as z from 'zod/mini';
import { UserError } from '../errors';
import { quoted } from '../shown';
import { parseJson } from './json';
import { integer, parseWith, real, text, texts } from './schema';

const object = 'an object';
/** Names as a sentence offers them: `"a" or "b"`. */
export const oneOf = (names: readonly string[]) => names.map((name) => `"${name}"`).join(' or ');

/** The rank of a LoRA where a run file names none. */
export const USUAL_RANK = 8;

/** What a reward scores a picture by (methods/reward-form.ts). */
export const REWARD_FORMS = ['relative', 'positive', 'prompt'] as const;
export type RewardForm = (typeof REWARD_FORMS)[number];

const kappaPair = 'a pair of numbers from -10 to 10, [at the least noise, at the most]';
const kappa = z.number({ error: kappaPair }).check(z.refine((value) => Math.abs(value) <= 10, { error: kappaPair }));
const kappas = () => z.tuple([kappa, kappa], { error: kappaPair });
const rewardModel = 'the name of a reward, or an object of names with weights above 0';
const weights = z
  .record(z.string(), real(0, 1e6, true))
  .check(z.refine((value) => Object.keys(value).length > 0, { error: rewardModel }));

const schema = z.strictObject(
  {
    version: z.literal(1, { error: '1' }),
    bundle: z._default(text('the name of a base bundle'), 'mini-flux'),
    method: z._default(text('the name of a method'), 'srpo'),
    options: z._default(z.record(z.string(), z.unknown(), { error: object }), {}),
    seed: z._default(integer(0, 2 ** 32 - 1), 7),
    steps: z._default(integer(1, 100_000), 40),
    batch: z._default(integer(1, 256), 2),
    prompts: texts('at least one prompt that is not empty'),
    images: z._default(z.nullable(text('null or the name of a folder of pictures')), null),
    lora: z.prefault(
      z.strictObject(
        {
          rank: z._default(integer(1, 1024), USUAL_RANK),
          alpha: z.optional(real(1e-6, 65536)),
          targets: z._default(texts('at least one name of a linear such as "attn.to_q"'), [
            'attn.to_q',
            'attn.to_k',
            'attn.to_v',
            'attn.to_out.0',
          ]),
        },
        { error: object },
      ),
      {},
    ),
    optimizer: z.prefault(
      z.strictObject(
        {
          learningRate: z._default(real(0, 1), 0.001),
          weightDecay: z._default(real(0, 1), 0.0001),
          clipNorm: z._default(real(1e-6, 1e6), 1),
        },
        { error: object },
      ),
      {},
    ),
    rollout: z.prefault(
      z.strictObject(
        { steps: z._default(integer(1, 1000), 12), guidance: z._default(real(0, 100), 3.5) },
        { error: object },
      ),
      {},
    ),
    timesteps: z.prefault(
      z.strictObject(
        {
          sigmaMin: z._default(real(0, 1), 0.7),
          sigmaMax: z._default(real(0, 1), 0.96),
          count: z._default(integer(11, 1_000_000), 1000),
          step: z._default(integer(1, 1_000_000), 100),
        },
        { error: object },
      ),
      {},
    ),
    reward: z.prefault(
      z.strictObject(
        {
          model: z._default(z.union([text(rewardModel), weights], { error: rewardModel }), 'clip'),
          form: z._default(z.enum(REWARD_FORMS, { error: oneOf(REWARD_FORMS) }), 'relative'),
          positive: z._default(texts('at least one control word that is not empty'), ['3d render']),
          negative: z._default(texts('at least one control word that is not empty'), ['pencil sketch', 'flat design']),
          kappaDenoise: z._default(kappas(), [0.1, 0.25]),
          kappaInversion: z._default(kappas(), [0.3, 0.01]),
          margin: z._default(real(-100, 100), 0.7),
        },
        { error: object },
      ),
      {},
    ),
    samples: z.prefault(
      z.strictObject(
        {
          every: z._default(integer(1, 100_000), 10),
          prompts: z.optional(texts('at least one prompt that is not empty')),
          seed: z._default(integer(0, 2 ** 32 - 1), 99),
        },
        { error: object },
      ),
      {},
    ),
    keepEvery: z._default(integer(1, 100_000), 10),
    wordHistory: z.optional(
      z.array(
        z.strictObject(
          {
            step: integer(0, 100_000),
            positive: texts('at least one control word that is not empty'),
            negative: texts('at least one control word that is not empty'),
          },
          { error: 'an object with "step", "positive" and "negative"' },
        ),
        { error: 'a list of control words by step' },
      ),
    ),
    stop: z.optional(z.nullable(z.literal('hacked', { error: 'null or "hacked"' }))),
  },
  { error: 'a run file: an object with "version": 1 and "prompts"' },
);

const isJson = (input: unknown): input is string | Uint8Array =>
  typeof input === 'string' || input instanceof Uint8Array;

type Parsed = z.output<typeof schema>;

/** A run file with every default filled in. */
export type RunFile = Omit<Parsed, 'lora' | 'samples' | 'stop'> & {
  lora: Parsed['lora'] & { alpha: number };
  samples: Parsed['samples'] & { prompts: string[] };
  /** Ends the run after two sample grids in a row beyond the limits of its best step. */
  stop?: 'hacked';
};

/**
 * Reads a run file's settings, defaults filled in but for the options of its method, which are not checked.
 *
 * @param input its bytes or text, or its value
 * @param name what to call it in a sentence
 * @throws UserError naming the key that is wrong or unknown and what was expected
 */
export function parseRunSettings(input: unknown, name: string): RunFile {
  const { stop, ...run } = parseWith(schema, isJson(input) ? parseJson(input, name) : input, name);
  const { sigmaMin, sigmaMax } = run.timesteps;
  if (sigmaMin >= sigmaMax) {
    throw new UserError(
      `${name}: "timesteps.sigmaMin" is ${sigmaMin}, expected less than sigmaMax, which is ${sigmaMax}.`,
    );
  }
  if (run.wordHistory) checkHistory(run.wordHistory, run.reward, name);
  const { rank, alpha = rank, targets } = run.lora;
  const twice = targets.find((target, i) => targets.indexOf(target) < i);
  if (twice !== undefined) throw new UserError(`${name}: "lora.targets" names ${quoted(twice)} twice.`);
  return {
    ...run,
    lora: { rank, alpha, targets },
    samples: { ...run.samples, prompts: run.samples.prompts ?? run.prompts },
    ...(stop ? { stop } : {}),
  };
}

/** Control words over time: from step 0 on, each later than the one before, the last those of `reward`. */
function checkHistory(
  history: NonNullable<Parsed['wordHistory']>,
  reward: Pick<Parsed['reward'], 'positive' | 'negative'>,
  name: string,
): void {
  const wrong = history.findIndex(({ step }, i) => (i === 0 ? step !== 0 : step <= history[i - 1].step));
  if (wrong > 0 || history[0]?.step !== 0) {
    const expected = wrong > 0 ? `more than ${history[wrong - 1].step}` : '0';
    throw new UserError(
      `${name}: "wordHistory.${Math.max(wrong, 0)}.step" is ${history[Math.max(wrong, 0)]?.step ?? 'missing'}, expected ${expected}.`,
    );
  }
  const last = history.at(-1)!;
  const differs = (['positive', 'negative'] as const).find((key) => last[key].join('\n') !== reward[key].join('\n'));
  if (differs) {
    throw new UserError(
      `${name}: "wordHistory" ends with other words than "reward.${differs}" has; expected those in force at its end.`,
    );
  }
}

/** Whether a run file says itself which prompts its samples have. @param input as `parseRunSettings` */
export function namesSamples(input: unknown, name: string): boolean {
  const value = isJson(input) ? parseJson(input, name) : input;
  return (value as Partial<RunFile> | null)?.samples?.prompts !== undefined;
}

/**
 * Canonical JSON of everything that a resumed run must not change: all but `steps`. Two runs with equal keys and
 * equal base weights make the same updates.
 */
export function runFileKey(run: RunFile): string {
  const { steps: _, ...rest } = run;
  return canonicalJson(rest);
}

/** JSON with sorted keys and no spaces: equal values give equal text. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_, inner) =>
    typeof inner === 'object' && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );
}
