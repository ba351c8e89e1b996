/** @file Lesson: reward hacking, and how it is noticed. */
import type { Lesson } from './lesson';

const letters = (right: string, because: Record<string, string>) =>
  ['A', 'B', 'C', 'D'].map((letter) => ({
    text: `Run ${letter}`,
    right: letter === right,
    because: because[letter],
  }));

export const hacking: Lesson = {
  id: 'hacking',
  title: 'Hacking, and how to notice',
  outcome: 'the three commonest ways in which a run goes wrong while its reward rises, and the number that tells each.',
  steps: [
    {
      title: 'Four runs',
      text: 'Four runs on the plane at their end. Three are spoiled, each in its own way; look at the clouds first, then at the numbers below.',
      state: { settings: { runsAt: 6, runsNamed: false }, shows: ['runs'] },
      marks: ['runs'],
      question: {
        text: 'Which one was stopped in time?',
        answers: letters('C', {
          A: 'Its reward is the highest, and all its samples are one point.',
          B: 'Its reward has hardly moved, and its samples have left the data.',
          C: 'The reward has risen, the spread is nearly what it was, and most samples lie on the data.',
          D: 'Its reward has risen, but few samples lie on the data.',
        }),
      },
    },
    {
      title: 'Too long',
      text: 'One of them was as good as C a while before its end. Move the slider back and forth.',
      state: { settings: { runsAt: 6, runsNamed: false }, shows: ['runs'] },
      marks: ['measures'],
      question: {
        text: 'Which one went on for too long?',
        answers: letters('A', {
          A: 'At its third mark it stands about where C ends. Then the reward rises on while the spread falls to nothing.',
          B: 'It never had a good moment.',
          C: 'That is the good one.',
          D: 'Its samples leave the data from the beginning.',
        }),
      },
    },
    {
      title: 'A weak word',
      text: 'In one run the wanted and the unwanted word say nearly the same, so that their difference points nowhere in particular. Training moves on all the same.',
      state: { settings: { runsAt: 4, runsNamed: false }, shows: ['runs'] },
      marks: ['measures'],
      question: {
        text: 'Which one had the weak word?',
        answers: letters('B', {
          A: 'Its reward rose a lot: its words were clear.',
          B: 'The reward moves by a few hundredths while the samples fly apart: nothing is learned, much is spoiled.',
          C: 'That is the good one.',
          D: 'Its reward rose steadily.',
        }),
      },
    },
    {
      title: 'A vivid reward',
      text: 'The last one has a reward whose best lies where there is no data, as vivid colour is for a reward of pictures. The reward is content; the share on the data is not.',
      state: { settings: { runsAt: 6, runsNamed: true }, shows: ['runs'] },
      marks: ['runs', 'measures'],
    },
    {
      title: 'Stopped in time, in pictures',
      text: 'With pictures the spread is diversity, and lying on the data is looking like real pictures. This run was stopped at its best step: the style is there, and so are the things.',
      state: { recording: 'first-run', trainingStep: null, shows: ['saturation', 'samples'] },
      marks: ['saturation', 'samples'],
    },
    {
      title: 'Too long, in pictures',
      text: 'The same run, twice as long. Move the training step from 12 to 24: the reward rises on, the things melt, and in the end even the style is lost.',
      state: { recording: 'too-long', trainingStep: null, shows: ['saturation', 'samples'] },
      marks: ['samples', 'training-step'],
    },
    {
      title: 'A weak word, in pictures',
      text: 'Towards “cartoon”, which this reward hardly tells from what the base draws anyway. In the end everything is yellow: training has found a colour, not a style.',
      state: { recording: 'weak-word', trainingStep: null, shows: ['saturation', 'samples'] },
      marks: ['samples'],
    },
    {
      title: 'A vivid reward, in pictures',
      text: 'ReFL with a reward that likes vivid colour. Saturation is the quickest sign: look at it and at the samples before you believe a reward that rises.',
      state: { recording: 'hacking', trainingStep: null, shows: ['saturation', 'samples'] },
      marks: ['saturation', 'samples'],
    },
  ],
};
