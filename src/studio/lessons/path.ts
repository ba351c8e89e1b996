/** @file Lesson: the path of a picture from noise to clean. */
import type { Lesson } from './lesson';

export const path: Lesson = {
  id: 'path',
  title: 'What a picture’s path looks like',
  outcome:
    'how a diffusion model draws by removing noise, and what σ says: 1 is nothing but noise, 0 is the finished picture.',
  steps: [
    {
      title: 'Almost all noise',
      text: 'At σ close to 1 hardly anything of the picture is left in the first row. The model still guesses something: coarse shape and colour are decided here.',
      state: { sigma: 0.98 },
      marks: ['injected'],
    },
    {
      title: 'Half way',
      text: 'Here shape and style are settled, details are not. Compare the two guesses below the noisy picture: the ordinary one-step guess has to explain all the noise by itself.',
      state: { sigma: 0.5 },
      marks: ['recovered', 'one-step'],
    },
    {
      title: 'Almost clean',
      text: 'At the right end only texture and colour can still change. A reward that is trained here alone learns to paint vivid surfaces.',
      state: { sigma: 0.06 },
      marks: ['injected', 'clean'],
    },
    {
      title: 'The whole path',
      text: 'Play it. The shaded band is the part of the path that this run trains: early enough to change the style, late enough to keep the shape.',
      state: { sigma: 1, plays: 'sigma' },
      marks: ['trained-band'],
    },
  ],
};
