/** @file Words of a bundle that a run does not train on: what it is evaluated on, and its samples by default. */
import { UserError } from '../errors';
import type { RunFile } from '../formats/run-file';
import type { Bundle } from '../models/bundle';

/** Sample prompts of a run that names none. */
const SAMPLED_WORDS = 16;
/** Prompts of an evaluation, at most. */
export const MOST_PROMPTS = 64;

const plain = (text: string) => text.trim().toLowerCase().replace(/\s+/g, ' ');

/**
 * The bundle's words without those that are seen or that name a style; of more than `most` every so many, so that
 * each of the bundle's groups is among them. In the bundle's order.
 *
 * @param seen prompts that are left out
 */
export async function heldOutWords(
  bundle: Pick<Bundle, 'readWords' | 'readStyles'>,
  seen: readonly string[],
  most: number,
): Promise<string[]> {
  const styles = (await bundle.readStyles()).flat();
  const without = new Set([...seen, ...styles].map(plain));
  const words = [...new Set((await bundle.readWords()).flat())].filter((word) => !without.has(plain(word)));
  if (words.length <= most) return words;
  return Array.from({ length: most }, (_, i) => words[Math.floor((i * words.length) / most)]);
}

/**
 * A run file that names no prompts for its samples, with words that it does not train on; where the bundle has none,
 * the run's prompts stay.
 */
export async function withSampledWords<R extends Pick<RunFile, 'prompts' | 'samples'>>(
  run: R,
  bundle: Pick<Bundle, 'readWords' | 'readStyles'>,
): Promise<R> {
  const words = await heldOutWords(bundle, run.prompts, SAMPLED_WORDS);
  return words.length === 0 ? run : { ...run, samples: { ...run.samples, prompts: words } };
}

/**
 * The prompts that runs are evaluated on where none are given: neither trained on nor among their samples, because the
 * judge chooses a run's best step by those.
 *
 * @throws UserError where the bundle has no such words
 */
export async function evaluationPrompts(
  bundle: Pick<Bundle, 'name' | 'readWords' | 'readStyles'>,
  runs: readonly Pick<RunFile, 'prompts' | 'samples'>[],
): Promise<string[]> {
  const seen = runs.flatMap(({ prompts, samples }) => [...prompts, ...(samples.prompts ?? [])]);
  const words = await heldOutWords(bundle, seen, MOST_PROMPTS);
  if (words.length > 0) return words;
  throw new UserError(
    `Bundle ${bundle.name} has no words that the run neither trains on nor samples: give prompts with --prompts or --prompts-file.`,
  );
}
