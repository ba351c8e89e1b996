/** @file Lesson: training from pictures of one's own. */
import type { Lesson } from './lesson';

export const ownPictures: Lesson = {
  id: 'own-pictures',
  title: 'Your own pictures',
  outcome: 'why training from pictures needs no rollout, and what the pictures teach.',
  steps: [
    {
      title: 'A picture is an x0',
      text: 'Known noise is injected into a clean picture. Nothing says that the model must have drawn it: a picture of yours will do, with its caption as the prompt.',
      state: { shows: ['own-pictures'] },
      marks: ['set'],
    },
    {
      title: 'No rollout',
      text: 'Without a rollout there are no calls before the one that is trained: an update takes about a third of the time. The last row is Direct-Align from pictures.',
      state: { shows: ['cost'] },
      marks: ['time'],
      question: {
        text: 'Which methods can do without a rollout?',
        answers: [
          { text: 'All of them', right: false, because: 'DRaFT, FlowBP and GRPO train the rollout’s own steps.' },
          {
            text: 'Direct-Align, SRPO and NFT',
            right: true,
            because: 'They inject noise into a finished picture, whoever made it.',
          },
          { text: 'Only ReFL', right: false, because: 'ReFL stops in the middle of a rollout, so it needs one.' },
        ],
      },
    },
    {
      title: 'Noise that belongs to no one',
      text: 'A picture that the model drew came from its ε; yours did not, so a fresh ε is drawn each time. The recovery takes the same ε away again, whichever it was.',
      state: { settings: { noiseSigma: 0.9, noiseStep: 0.1 }, shows: ['known-noise'] },
      marks: ['plane'],
    },
    {
      title: 'Try it',
      text: 'Press “Try it yourself in Align” below and choose “Use the sample set”, or drop a folder of pictures. Fewer than 1,500 are enough; they stay in this browser.',
      state: { settings: { method: 'srpo' }, shows: ['own-pictures', 'settings'] },
      marks: ['set'],
    },
  ],
};
