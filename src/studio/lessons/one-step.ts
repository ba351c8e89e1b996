/** @file Lesson: what one step to the end shows of a picture that is still noise. */
import type { Lesson } from './lesson';

export const oneStep: Lesson = {
  id: 'one-step',
  title: 'Scoring a half-made picture',
  outcome: 'what ReFL’s reward sees at each noise level, and from where on it can be believed.',
  steps: [
    {
      title: 'A reward wants a picture',
      text: 'Training happens somewhere on the path, but a reward scores pictures. The cheapest way to one is a single step to the end, x̂0 = x − σ·v: the row “One step”.',
      state: { recording: 'first-run', sigma: 0.5, trainingStep: 0 },
      marks: ['one-step'],
    },
    {
      title: 'Where to believe it',
      text: 'Before training this cat is no 3D render: the difference of reward and penalty is 0.01 for the finished picture. In the recorded run, walk along the row and read “= difference” under “one step”.',
      state: { recording: 'first-run', sigma: 0.98, trainingStep: 0 },
      marks: ['numbers'],
      question: {
        text: 'From which σ on does one step say nearly what the finished picture says?',
        answers: [
          {
            text: 'From 0.98, at once',
            right: false,
            because:
              'At 0.98 it reads about ten times the finished picture’s difference: it is the score of a rough guess.',
          },
          {
            text: 'From about 0.65',
            right: true,
            because: 'From there on it stays within 0.01. Above, it jumps: what is scored is no picture yet.',
          },
          {
            text: 'Only at the very end',
            right: false,
            because: 'It is good much sooner: look at the numbers at σ 0.65.',
          },
        ],
      },
    },
    {
      title: 'A guess is no picture',
      text: 'At σ 0.98 the prompt is known and hardly anything else, so one step draws the mean of all that it could become: smeared, in colours too strong. A reward raises what it likes in that, not in the picture.',
      state: { recording: 'first-run', sigma: 0.98, trainingStep: 0 },
      marks: ['one-step', 'inspector'],
    },
    {
      title: 'So ReFL trains late',
      text: 'ReFL draws its step from the last 44 % of the path, where one step is sharp. But style and shape were decided before: what is left to train is texture and colour.',
      state: { recording: 'first-run', sigma: 0.31, trainingStep: 0 },
      marks: ['one-step', 'scores'],
    },
    {
      title: 'After training',
      text: 'The same cat after the last step of the recorded run, at a level where ReFL would never have trained. The next lesson shows what makes that possible.',
      state: { recording: 'first-run', sigma: 0.9, trainingStep: null },
      marks: ['recovered', 'clean'],
    },
  ],
};
