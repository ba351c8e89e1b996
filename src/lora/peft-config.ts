/**
 * @file PEFT's LoraConfig, as it lies in adapter_config.json and in diffusers' `lora_adapter_metadata`: the scale of each
 * linear, with PEFT's own defaults and rules. What PEFT would raise on is a sentence that names key and value.
 */
import * as z from 'zod/mini';
import { UserError } from '../errors';
import { integer, parseWith } from '../formats/schema';
import { quoted, shown, showValue } from '../shown';
import { PatternError, peftPattern } from './python-pattern';

const MAX_RANK = 65_536;
const rank = () => integer(1, MAX_RANK);
const alpha = () => z.number({ error: 'a number' });
const flag = () => z.nullish(z.boolean({ error: 'true or false' }));
const anyOf = (values: readonly string[]) => {
  const error = values.map((value) => `"${value}"`).join(', ');
  return z.string({ error }).check(z.refine((value) => values.includes(value), { error }));
};
const patterns = <Value extends z.ZodMiniType>(value: Value, what: string) =>
  z._default(z.record(z.string(), value, { error: `an object of patterns with ${what}` }), {});

/** PEFT's defaults; keys that change no scale are passed over. */
const schema = z.object({
  peft_type: z.nullish(anyOf(['LORA'])),
  r: z._default(rank(), 8),
  lora_alpha: z._default(alpha(), 8),
  rank_pattern: patterns(rank(), 'ranks'),
  alpha_pattern: patterns(alpha(), 'numbers'),
  use_rslora: flag(),
  use_dora: flag(),
  bias: z._default(anyOf(['none', 'all', 'lora_only']), 'none'),
  lora_dropout: z._default(
    z
      .number({ error: 'a number from 0 to 1' })
      .check(z.minimum(0, 'a number from 0 to 1'), z.maximum(1, 'a number from 0 to 1')),
    0,
  ),
  init_lora_weights: z.nullish(z.union([z.boolean(), z.string()], { error: 'true, false or a name' })),
  target_modules: z.nullish(z.union([z.string(), z.array(z.string())], { error: 'a list of names or a pattern' })),
});

/** Ways of starting that leave the frozen weight as it is. */
const PLAIN_STARTS = ['gaussian', 'eva', 'orthogonal', 'mica', 'lora_ga'];

/** Settings that make something else of W + scale·B·A. */
const OTHER_METHODS = [
  'velora_config',
  'monteclora_config',
  'use_bdlora',
  'arrow_config',
  'kasa_config',
  'alora_invocation_tokens',
  'use_qalora',
  'layer_replication',
  'target_parameters',
  'modules_to_save',
  'trainable_token_indices',
];

export interface PeftConfig {
  /** The rank of a linear by its name in the file. */
  rankOf(module: string): number;
  alphaOf(module: string): number;
  /** Whether the scale is alpha/√rank. */
  rsLora: boolean;
}

/**
 * @param value the config, without the component's name before its keys
 * @param what where it lies, as a sentence begins: `a.zip: adapter_config.json`
 * @throws UserError for a value of the wrong type, a pattern that is none, and anything but LoRA
 */
export function parsePeftConfig(value: Record<string, unknown>, what: string): PeftConfig {
  const config = parseWith(schema, value, what);
  if (config.use_dora) throw new UserError(`${what}: "use_dora" is true: DoRA is not read, expected a plain LoRA.`);
  const start = config.init_lora_weights;
  if (typeof start === 'string' && !PLAIN_STARTS.includes(start.toLowerCase())) {
    throw new UserError(
      `${what}: "init_lora_weights" is ${showValue(start)}, which changes the base too, expected ${PLAIN_STARTS.join(', ')}, true or false.`,
    );
  }
  for (const key of OTHER_METHODS) {
    const used = value[key];
    const empty = used === null || used === undefined || used === false || (Array.isArray(used) && used.length === 0);
    if (!empty)
      throw new UserError(`${what}: "${key}" is ${showValue(used)}: that is not read, expected a plain LoRA.`);
  }
  const rankOf = firstMatch(config.rank_pattern, config.r, `${what}: "rank_pattern"`);
  const alphaOf = firstMatch(config.alpha_pattern, config.lora_alpha, `${what}: "alpha_pattern"`);
  return { rankOf, alphaOf, rsLora: config.use_rslora === true };
}

/** The value of the first pattern that matches a name, as PEFT takes it. */
export function firstMatch(
  patterns: Record<string, number>,
  otherwise: number,
  what: string,
): (module: string) => number {
  const list = Object.entries(patterns).map(([pattern, value]) => {
    try {
      return { pattern, matches: peftPattern(pattern), value };
    } catch (error) {
      if (!(error instanceof PatternError)) throw error;
      throw new UserError(`${what} has ${quoted(pattern)}, expected a regular expression of Python: ${error.message}.`);
    }
  });
  return (module) => {
    const found = list.filter(({ matches }) => matches(module));
    // The order of an object's keys is that of the file, but for keys such as "0", which JavaScript puts first.
    const unordered = found.find(({ pattern }) => /^\d+$/.test(pattern));
    if (unordered && found.some(({ value }) => value !== unordered.value)) {
      throw new UserError(
        `${what} has ${quoted(unordered.pattern)} and another pattern for ${shown(module)}, expected one.`,
      );
    }
    return found[0]?.value ?? otherwise;
  };
}
