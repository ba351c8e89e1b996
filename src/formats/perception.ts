/**
 * @file perception.json of a bundle: how each of its rewards scores pictures of the base drawn with a control word and
 * without, so that a page need not draw them. Documented in docs/FORMATS.md.
 */
import * as z from 'zod/mini';
import { UserError } from '../errors';
import { quoted } from '../shown';
import { integer, parseWith, real, text, texts } from './schema';

const numbers = z.array(z.number({ error: 'a number' }), { error: 'a list of numbers' });

/** f·C(word with the thing) − f·C(the thing alone), thing by thing. */
const scores = z.strictObject(
  {
    /** Of pictures drawn with the word. */
    with: numbers,
    /** Of pictures of the thing alone, from the same noise. */
    without: numbers,
  },
  { error: 'an object with the lists with and without' },
);

const reward = z.strictObject(
  {
    /** By control word. */
    words: z.record(z.string(), scores, { error: 'an object of words' }),
    /** For each weak word a stronger one, the nearest by its text; null where none of those tried is. */
    stronger: z.record(z.string(), z.nullable(z.string()), { error: 'an object of words' }),
  },
  { error: 'an object with words and stronger' },
);

export const perceptionSchema = z.strictObject(
  {
    version: z.literal(1, { error: '1' }),
    /** sha256 of the base that drew. */
    base: text('the sha256 of the base'),
    /** The graphics adapter. */
    device: text('the name of a graphics adapter'),
    /** Thing i is drawn from noise i. */
    things: texts('a list of things'),
    steps: integer(1, 1000),
    guidance: real(0, 100),
    rewards: z.record(z.string(), reward, { error: 'an object of rewards' }),
  },
  { error: 'an object with base, things and rewards' },
);

export type WordScores = z.output<typeof scores>;
export type RewardPerception = z.output<typeof reward>;
export type PerceptionFile = z.output<typeof perceptionSchema>;

/** @throws UserError naming the key that is wrong */
export function parsePerception(value: unknown, file: string): PerceptionFile {
  const parsed = parseWith(perceptionSchema, value, file);
  const n = parsed.things.length;
  for (const [name, { words }] of Object.entries(parsed.rewards)) {
    for (const [word, { with: drawn, without }] of Object.entries(words)) {
      if (drawn.length === n && without.length === n) continue;
      throw new UserError(`${file}: rewards.${name} has not ${n} scores of ${quoted(word)}, one a thing.`);
    }
  }
  return parsed;
}
