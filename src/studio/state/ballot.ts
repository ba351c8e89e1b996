/**
 * @file The pictures of an update that a person is asked to vote on, and the votes so far. One group of pictures, which
 * share a prompt, is looked at at a time.
 */
import type { Vote } from '../../formats/person';
import type { Picture } from '../../worker/protocol';

/** -1 where nobody has voted yet. */
export type Cast = Vote | -1;

export interface Ballot {
  runId: string;
  /** Number of the update that waits. */
  step: number;
  group: number;
  prompts: readonly string[];
  pictures: readonly Picture[];
  votes: readonly Cast[];
  /** Places of the votes in the order in which they were cast. */
  order: readonly number[];
  /** Whether the votes are on their way to the trainer. */
  sent: boolean;
}

type Asked = Omit<Ballot, 'votes' | 'order' | 'sent'>;

/** A ballot with the votes that were kept of it; those of another number of pictures are not. */
export function openBallot(asked: Asked, kept: readonly Cast[] = []): Ballot {
  const votes = kept.length === asked.pictures.length ? kept : asked.pictures.map((): Cast => -1);
  const order = votes.flatMap((vote, i) => (vote === -1 ? [] : [i]));
  return { ...asked, votes, order, sent: false };
}

/** The ballot after a vote on picture i; voting again changes it. */
export function withVote(ballot: Ballot, i: number, vote: Vote): Ballot {
  const votes = ballot.votes.map((old, at) => (at === i ? vote : old));
  return { ...ballot, votes, order: [...ballot.order.filter((at) => at !== i), i] };
}

/** The ballot without its last vote. */
export function withoutLast(ballot: Ballot): Ballot {
  const last = ballot.order.at(-1);
  if (last === undefined) return ballot;
  const votes = ballot.votes.map((old, at) => (at === last ? -1 : old));
  return { ...ballot, votes, order: ballot.order.slice(0, -1) };
}

export const isComplete = ({ votes }: Ballot): boolean => votes.every((vote) => vote !== -1);

/** Number of the group that is looked at, from 0: the first with a picture to vote on, else that of the last vote. */
export function groupOf({ votes, order, group }: Ballot): number {
  const open = votes.indexOf(-1);
  return Math.floor((open >= 0 ? open : (order.at(-1) ?? 0)) / group);
}
