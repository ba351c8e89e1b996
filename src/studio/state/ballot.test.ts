import { expect, test } from 'vitest';
import { type Ballot, groupOf, isComplete, openBallot, withoutLast, withVote } from './ballot';

const picture = { width: 1, height: 1, data: new Uint8ClampedArray(4) };
const asked = {
  runId: 'r',
  step: 3,
  group: 2,
  prompts: ['cat', 'cat', 'owl', 'owl'],
  pictures: [picture, picture, picture, picture],
};

test('votes are cast group by group, changed, and taken back in the order of casting', () => {
  let ballot: Ballot = openBallot(asked);
  expect([groupOf(ballot), isComplete(ballot)]).toEqual([0, false]);
  ballot = withVote(withVote(ballot, 1, 1), 0, null);
  expect([ballot.votes, groupOf(ballot)]).toEqual([[null, 1, -1, -1], 1]);
  ballot = withVote(withVote(ballot, 2, 0), 3, 0);
  expect([groupOf(ballot), isComplete(ballot)]).toEqual([1, true]);
  ballot = withVote(ballot, 0, 1);
  expect([ballot.votes, ballot.order]).toEqual([
    [1, 1, 0, 0],
    [1, 2, 3, 0],
  ]);
  ballot = withoutLast(ballot);
  expect([ballot.votes[0], groupOf(ballot)]).toEqual([-1, 0]);
  expect(withoutLast(openBallot(asked)).order).toEqual([]);
});

test('kept votes come back, unless they are of other pictures', () => {
  const ballot = openBallot(asked, [1, null, -1, -1]);
  expect([ballot.votes, ballot.order, groupOf(ballot)]).toEqual([[1, null, -1, -1], [0, 1], 1]);
  expect(openBallot(asked, [1, 0]).votes).toEqual([-1, -1, -1, -1]);
});
