/** @file Lesson: what backpropagation through many steps costs. */
import type { Lesson } from './lesson';

export const cost: Lesson = {
  id: 'cost',
  title: 'What many steps cost',
  outcome: 'why differentiating through a rollout is dear, and why Direct-Align’s cost does not depend on σ.',
  steps: [
    {
      title: 'The long way',
      text: 'DRaFT-K lets the reward’s gradient flow back through the last K steps of the rollout. Every step that it crosses is a call of the transformer whose insides must be there on the way back.',
      state: { shows: ['cost'] },
      marks: ['memory'],
      question: {
        text: 'From K = 1 to K = 8, how does the memory grow if everything is kept?',
        answers: [
          {
            text: 'Eightfold',
            right: false,
            because: 'Decoder and reward are in every row once; only the transformer’s part is eightfold.',
          },
          {
            text: 'About fourfold',
            right: true,
            because: 'Each further step adds the same 13 MB; decoder and reward are paid for once.',
          },
          { text: 'Hardly', right: false, because: 'Only with the trick of the next step.' },
        ],
      },
    },
    {
      title: 'Compute again instead of keeping',
      text: 'The inputs of the steps are small. This studio keeps those alone and computes each call anew on the way back: memory stays flat, and time pays for it.',
      state: { shows: ['cost'] },
      marks: ['time'],
    },
    {
      title: 'It reaches only so far',
      text: 'K steps from the end, the early levels are still out of reach: with twelve steps, K = 8 begins where a third of the path is done. To train the first step, all twelve are differentiated.',
      state: { shows: ['cost'] },
      marks: ['memory', 'time'],
    },
    {
      title: 'Direct-Align stays flat',
      text: 'Noise is injected wherever training is wanted, and one call with a gradient leads to a picture. The cost is that of K = 1 at every σ; what is left is the rollout, and with your own pictures not even that.',
      state: { shows: ['cost', 'gamma'], settings: { method: 'direct-align' } },
      marks: ['memory', 'gamma'],
    },
  ],
};
