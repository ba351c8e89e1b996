/** @file A person's votes: shown when the trainer asks, kept as they are cast, sent when they are wanted. */
import type { Vote } from '../../formats/person';
import { getVotes, putVotes } from '../../storage/votes';
import type { Event } from '../../worker/protocol';
import { type Ballot, isComplete, openBallot, withoutLast, withVote } from '../state/ballot';
import { getState, useStudio } from '../state/store';
import { tell } from './messages';
import { report } from './report';

/** Takes the pictures that the trainer waits for votes on, with the votes that a closed page has left. */
export async function openVote({ runId, step, group, prompts, pictures }: Extract<Event, { type: 'ballot' }>) {
  const kept = await getVotes(runId, step).catch(() => undefined);
  useStudio.setState({ ballot: openBallot({ runId, step, group, prompts, pictures }, kept) });
}

/** Votes on picture i. */
export const vote = (i: number, cast: Vote) => change((ballot) => withVote(ballot, i, cast));

/** Takes the last vote back. */
export const undoVote = () => change(withoutLast);

/** Gives the votes to the trainer, where each picture has one. */
export async function sendVotes(): Promise<void> {
  const { ballot } = getState();
  if (!ballot || ballot.sent || !isComplete(ballot)) return;
  useStudio.setState({ ballot: { ...ballot, sent: true } });
  await tell({ type: 'votes', step: ballot.step, votes: ballot.votes as Vote[] });
}

function change(by: (ballot: Ballot) => Ballot): void {
  const { ballot } = getState();
  if (!ballot || ballot.sent) return;
  const changed = by(ballot);
  useStudio.setState({ ballot: changed });
  const { runId, step, votes } = changed;
  putVotes({ version: 1, runId, step, votes: [...votes] }).catch(report);
}
