/**
 * @file The kinds of reward. A new kind is a file of its own and one line here.
 */
import type { Bundle } from '../models/bundle';
import { aesthetic } from './aesthetic';
import { clip } from './clip';
import { clipScore } from './clip-score';
import { laionAesthetic } from './laion-aesthetic';
import { pickScore } from './pick-score';
import type { OpenReward, RewardKind } from './reward';

/** The first that recognises a reward's folder opens it; `clip` takes what is left. */
const KINDS: readonly RewardKind[] = [laionAesthetic, aesthetic, pickScore, clipScore, clip];

/**
 * Opens a reward of the bundle by its name.
 *
 * @throws UserError for a reward the bundle lacks, a config that is wrong, a file or tensor that is missing or does not
 * fit
 */
export async function openReward(bundle: Bundle, name: string): Promise<OpenReward> {
  const folder = await bundle.rewardFolder(name);
  for (const kind of KINDS) if (await kind.recognises(folder)) return kind.open(folder, bundle);
  throw new Error(`no kind takes reward ${name}`);
}
