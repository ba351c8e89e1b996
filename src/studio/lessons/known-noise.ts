/** @file Lesson: noise that is known can be taken away again in closed form. */
import type { Lesson } from './lesson';

const TYPED = { noiseSigma: 0.9, noiseStep: 0.1 };

export const knownNoise: Lesson = {
  id: 'known-noise',
  title: 'The known noise',
  outcome: 'how Direct-Align shows its reward a picture from any noise level, and what γ says.',
  steps: [
    {
      title: 'Inject noise that you know',
      text: 'Take a clean point x0 and add noise ε that you drew yourself: x is σ·ε + (1−σ)·x0, on the line between them. Drag both, and move σ.',
      state: { recording: 'first-run', settings: TYPED, shows: ['known-noise'] },
      marks: ['plane'],
    },
    {
      title: 'One short step, then recover',
      text: 'The model moves x along its velocity v, from σₛ to σᵣ. The noise that is left is known, so it is taken away exactly: only what was wrong in v reaches the result, times γ.',
      state: { recording: 'first-run', settings: TYPED, shows: ['known-noise'] },
      marks: ['formula'],
    },
    {
      title: 'A longer step',
      text: 'Guess first, then move the second slider. Watch the full dot (recovered) and the ring (one step to the end).',
      state: { recording: 'first-run', settings: TYPED, shows: ['known-noise'] },
      marks: ['formula', 'plane'],
      question: {
        text: 'With a longer step k, does the recovered point come nearer to x0?',
        answers: [
          {
            text: 'Nearer',
            right: false,
            because: 'A longer step believes the model longer: |γ| = k/(1 − σᵣ) grows with k.',
          },
          {
            text: 'It goes farther away',
            right: true,
            because:
              'More of the step is the model’s own, so more of its error is seen: γ grows from −0.5 towards −0.9.',
          },
          { text: 'It stays', right: false, because: 'Only where v is exactly right: then every k recovers x0.' },
        ],
      },
    },
    {
      title: 'All the way is ReFL',
      text: 'With k as large as σₛ nothing is left to take away: σᵣ is 0, γ is −σₛ, and the full dot lies in the ring. Direct-Align contains ReFL as its longest step.',
      state: { recording: 'first-run', settings: { noiseSigma: 0.9, noiseStep: 0.9 }, shows: ['known-noise'] },
      marks: ['formula', 'plane'],
    },
    {
      title: 'γ along the path',
      text: 'The same number at every noise level, for all methods. ReFL’s grows with σ, so it shows its reward nearly the whole error; Direct-Align’s stays small until close to pure noise.',
      state: { recording: 'first-run', sigma: 0.9, settings: { method: 'direct-align' }, shows: ['gamma'] },
      marks: ['gamma'],
    },
    {
      title: 'In pictures',
      text: 'Two rows of the recorded run at the same level: the recovered picture is close to the clean one where one step is smeared. That is what the reward sees of each.',
      state: { recording: 'first-run', sigma: 0.9, trainingStep: 0 },
      marks: ['recovered', 'one-step'],
    },
  ],
};
