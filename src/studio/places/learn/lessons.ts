/** @file The lessons: short texts whose steps move the real workspace. */
import type { Fields } from '../../state/fields';

export interface LessonStep {
  title: string;
  text: string;
  /** What the step changes in the workspace. */
  shows: Partial<Fields>;
  /** Plays the noise levels. */
  plays?: boolean;
}

export interface Lesson {
  title: string;
  intro: string;
  steps: LessonStep[];
}

export const LESSONS: Lesson[] = [
  {
    title: 'What a trajectory is',
    intro:
      'A diffusion model draws by removing noise. The path from pure noise to the clean picture is its trajectory, and σ says how much noise is left: 1 is nothing but noise, 0 is the picture.',
    steps: [
      {
        title: 'Almost all noise',
        text: 'At σ close to 1 hardly anything of the picture is left in the first row. The model still guesses something: coarse shape and colour are decided here.',
        shows: { cursorColumn: 0 },
      },
      {
        title: 'Half way',
        text: 'Here shape and style are settled, details are not. Compare the two guesses below the noisy picture: the ordinary one-step guess has to explain all the noise by itself.',
        shows: { cursorColumn: 6 },
      },
      {
        title: 'Almost clean',
        text: 'At the right end only texture and colour can still change. A reward that is trained here alone learns to paint vivid surfaces.',
        shows: { cursorColumn: 11 },
      },
      {
        title: 'The whole path',
        text: 'Play it. The shaded band is the part of the trajectory that this run trains: early enough to change the style, late enough to keep the shape.',
        shows: { cursorColumn: 0 },
        plays: true,
      },
    ],
  },
];
