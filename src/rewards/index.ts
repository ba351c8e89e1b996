/**
 * @file The rewards of a run: opened by kind, mixed by weight. A new kind is a file of its own and one line here.
 */
import type { Reward } from '../models/bundle';
import { aesthetic } from './aesthetic';
import { clip } from './clip';
import type { OpenReward, RewardKind } from './reward';

const KINDS: { [K in Reward['kind']]: RewardKind<K> } = { clip, aesthetic };

/** @throws UserError for a tensor of the reward that is missing or does not fit */
export function openReward(reward: Reward, pooledSize: number): Promise<OpenReward> {
  return (KINDS[reward.kind] as RewardKind).open(reward, pooledSize);
}
