/** @file Lesson: a reward that is told by words what it is to want. */
import type { Lesson } from './lesson';

const ONE = { scoreReward: 'clip', scoreKappa: 0 };

export const words: Lesson = {
  id: 'words',
  title: 'A reward with words',
  outcome: 'how words make a reward, what the unwanted ones are for, and how to tell a weak word before training.',
  steps: [
    {
      title: 'A picture and a word',
      text: 'A reward compares picture and text: f·C is high where they fit. Here are twelve pictures of the base; the two in pixel art come first by far.',
      state: { settings: { ...ONE, scoreMore: ['pixel art'], scoreLess: [] }, shows: ['words'] },
      marks: ['ranking'],
    },
    {
      title: 'Only one word',
      text: 'By “3d render” alone the pencil owl comes fourth: the reward likes it for something that is no 3D render at all. Now press “pencil sketch” in the second line.',
      state: { settings: { ...ONE, scoreMore: ['3d render'], scoreLess: [] }, shows: ['words'] },
      marks: ['chosen', 'ranking'],
      question: {
        text: 'Where will the pencil owl go?',
        answers: [
          {
            text: 'It stays near the top',
            right: false,
            because: 'Its likeness to “pencil sketch” is taken away from it.',
          },
          {
            text: 'To the end, with the pencil rocket',
            right: true,
            because:
              'f·C₊ − f·C₋: what a picture shares with both texts cancels, the style it really has counts against it.',
          },
        ],
      },
    },
    {
      title: 'The relative reward',
      text: 'That is SRPO’s reward: f·((1+κ)·C₊ − C₋). It judges the direction from one text to the other, not how pleasing a picture is; raise κ and the wanted word alone counts more again.',
      state: {
        settings: {
          ...{ ...ONE, scoreMore: ['3d render'], scoreLess: ['pencil sketch'] },
          ...{ positive: ['3d render'], negative: ['pencil sketch'] },
        },
        shows: ['words'],
      },
      marks: ['chosen', 'ranking'],
    },
    {
      title: 'A word that sounds good',
      text: 'Add and remove words as you like. Then choose “Cyberpunk” alone in the first line and nothing in the second.',
      state: { settings: { ...ONE, scoreMore: ['neon sign'], scoreLess: [] }, shows: ['words'] },
      marks: ['chosen'],
      question: {
        text: 'Which pictures come first for “Cyberpunk”?',
        answers: [
          { text: 'The neon signs', right: false, because: 'So one would think; the reward has never learned that.' },
          {
            text: 'The owls, in any style',
            right: true,
            because: 'All six owls come before all six rockets: the reward sees no style in this word, only things.',
          },
          { text: 'Pixel art', right: false, because: 'Pixel art is the last of the owls.' },
        ],
      },
    },
    {
      title: 'Check before you train',
      text: 'Below: how often a picture drawn with the word scores higher than one drawn without. “Cyberpunk” is near chance, so a run towards it would learn noise; put a strong word beside it, or take another.',
      state: { settings: { ...ONE, scoreMore: ['Cyberpunk'], scoreLess: [] }, shows: ['words'] },
      marks: ['seen'],
    },
  ],
};
