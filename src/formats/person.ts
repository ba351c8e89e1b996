/**
 * @file A person as the reward: `"reward": { "model": "person" }`. The page shows the pictures of an update and takes a
 * vote on each; nothing is computed.
 */
import type { RunFile } from './run-file';

export const PERSON = 'person';

/** 1 better, 0 worse, null not counted. */
export type Vote = 1 | 0 | null;

export const isJudgedByPerson = ({ reward: { model } }: Pick<RunFile, 'reward'>): boolean => model === PERSON;
