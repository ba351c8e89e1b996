/** @file Lesson: methods that need no gradient of the reward, and being the reward oneself. */
import type { Lesson } from './lesson';

const ALONE = {
  labData: 'ring',
  labSeed: 1,
  labOptions: {},
  labSecond: '',
  labSecondOptions: {},
  labWanted: [1.7, 0],
  labUnwanted: [-1.7, 0],
  labSigma: 0,
  labShows: ['data', 'samples'],
} as const;

const VOTED = { ...ALONE, labMethod: 'nft', labRate: 0.01, labPerson: true };

export const policy: Lesson = {
  id: 'policy',
  title: 'With and without a reward’s gradient',
  outcome: 'how GRPO and NFT learn from scores alone, so that even a person can be the reward.',
  steps: [
    {
      title: 'Groups and advantages',
      text: 'Several samples of one prompt are a group. Each one’s advantage is its reward less the group’s mean, in standard deviations: vote on some of the eight and read it beside them.',
      state: { settings: VOTED as never, shows: ['vote'] },
      marks: ['advantages'],
      question: {
        text: 'All eight get the same vote. What does the update learn?',
        answers: [
          { text: 'To do more of all of them', right: false, because: 'Only differences within the group count.' },
          {
            text: 'Nothing at all',
            right: true,
            because: 'All advantages are 0: nothing says which to prefer, so the gradient is 0.',
          },
          { text: 'To spread out', right: false, because: 'Nothing in the loss asks for that.' },
        ],
      },
    },
    {
      title: 'Be the reward',
      text: 'Decide on a side of the plane and vote for what lies there, a few times. No hill is used: the samples follow you.',
      state: { settings: VOTED as never, shows: ['vote'] },
      marks: ['plane', 'votes'],
    },
    {
      title: 'GRPO beside NFT',
      text: 'Both with the hills as reward: GRPO makes likely again what was good, along a random path; NFT pulls the velocity towards the good samples and away from the bad. Press Play.',
      state: {
        settings: { ...ALONE, labMethod: 'grpo', labSecond: 'nft', labRate: 0.003, labPerson: false } as never,
        shows: ['laboratory'],
      },
      marks: ['plane', 'curves'],
    },
    {
      title: 'With the real model',
      text: 'With a GPU you can vote on pictures: press “Try it yourself in Align” below, then Align. Eight pictures of each prompt wait for you at every step.',
      state: { settings: { method: 'nft', reward: 'person' }, shows: ['settings'] },
      marks: ['method'],
    },
  ],
};
