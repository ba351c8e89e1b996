/** @file Lesson: SRPO's two branches, and why the words change places. */
import type { Lesson } from './lesson';

/** Both hills to the right: that is what the two words have in common. */
const COMMON = {
  labData: 'ring',
  labSeed: 1,
  labMethod: 'srpo',
  labOptions: {},
  labSecond: 'direct-align',
  labSecondOptions: {},
  labWanted: [1.2, 1.2],
  labUnwanted: [1.7, 0],
  labSigma: 0,
  labShows: ['data', 'samples'],
  labPerson: false,
} as const;

export const branches: Lesson = {
  id: 'branches',
  title: 'Two branches',
  outcome: 'why SRPO scores every picture twice, and why the words change places when γ changes sign.',
  steps: [
    {
      title: 'Down, and up',
      text: 'The denoise branch steps down to σᵣ: γ is negative. The inversion branch comes from below and steps up to the same σᵣ: γ is positive.',
      state: { sigma: 0.9, settings: { method: 'srpo' }, shows: ['gamma'] },
      marks: ['gamma'],
      question: {
        text: 'Both branches are to push the velocity the same way. What must the inversion branch’s reward want?',
        answers: [
          {
            text: 'The same words',
            right: false,
            because: 'dx̂0/dv has the other sign there: the push would be undone.',
          },
          {
            text: 'The words exchanged',
            right: true,
            because: 'Two signs cancel: less of the unwanted by the one branch, more of the wanted by the other.',
          },
          { text: 'No words', right: false, because: 'Then it would push towards whatever the reward likes anyway.' },
        ],
      },
    },
    {
      title: 'What both words share',
      text: 'A reward also likes things that no word names, such as vivid colour. On the plane: both hills stand on the right, so “right” is what they share, and nobody asked for it.',
      state: { settings: COMMON as never, shows: ['laboratory'] },
      marks: ['plane'],
    },
    {
      title: 'Switch inversion off',
      text: 'Left SRPO, right Direct-Align alone. Press Play and stop near update 50.',
      state: { settings: COMMON as never, shows: ['laboratory'] },
      marks: ['plane', 'curves'],
      question: {
        text: 'Which cloud drifts farther to the right, unasked?',
        answers: [
          {
            text: 'SRPO’s',
            right: false,
            because: 'Its branches weigh what is shared with κ of opposite sign: most of it cancels.',
          },
          {
            text: 'Direct-Align’s',
            right: true,
            because:
              'Alone, κ pulls towards the wanted word and all that it shares: after fifty updates about twice as far.',
          },
        ],
      },
    },
    {
      title: 'The same in pictures',
      text: 'What rewards share with every word is vivid colour. The gauge shows it: saturation of the training pictures inside the band of the base’s own samples; play the steps and watch that it stays there.',
      state: {
        recording: 'first-run',
        trainingStep: 0,
        plays: 'step',
        shows: ['saturation', 'samples'],
      },
      marks: ['saturation', 'training-step'],
    },
  ],
};
