/** @file The glossary: words of the studio, each in a sentence or two. */
export interface Entry {
  id: string;
  name: string;
  text: string;
}

export const GLOSSARY: readonly Entry[] = [
  {
    id: 'sigma',
    name: 'Noise level σ',
    text: 'How much of a half-made picture is noise: x = σ·ε + (1−σ)·x0. At 1 it is noise alone, at 0 the finished picture.',
  },
  {
    id: 'noise',
    name: 'Noise ε, clean picture x0',
    text: 'ε is the random picture that drawing begins with, x0 the finished one. Between them lies a straight line.',
  },
  {
    id: 'velocity',
    name: 'Velocity v',
    text: 'What the model predicts from a noisy picture: the direction from clean picture to noise. Going against it a step at a time draws a picture.',
  },
  {
    id: 'rollout',
    name: 'Rollout',
    text: 'Drawing a whole picture, from noise to clean, in a few steps. Most of an update’s time goes into it.',
  },
  {
    id: 'one-step',
    name: 'One step',
    text: 'The guess x̂0 = x − σ·v: the finished picture as the model would reach it in a single step. Rough where σ is high. ReFL’s reward sees it.',
  },
  {
    id: 'recovery',
    name: 'Recovery',
    text: 'Direct-Align’s guess: one short step from σₛ to σᵣ, then the noise that is left, which is known, is taken away in closed form.',
  },
  {
    id: 'branch',
    name: 'Denoise branch, inversion branch',
    text: 'The two recoveries of an SRPO update. Denoise steps down to σᵣ, inversion up to it. The sign of γ differs, so the words change places.',
  },
  {
    id: 'gamma',
    name: 'Gradient factor γ',
    text: 'How much of an error in v reaches the picture that is scored, and how much of the reward’s gradient reaches v: dL/dv = γ·dL/dx̂0.',
  },
  {
    id: 'kappa',
    name: 'Weight κ',
    text: 'Extra weight of the wanted words: the reward is f·((1+κ)·C₊ − C₋). It pulls a little towards what both kinds of words share.',
  },
  {
    id: 'reward',
    name: 'Reward, penalty, difference',
    text: 'The reward is how well a picture fits the wanted words, the penalty how well the unwanted ones; a run raises the difference. A higher difference of “one step” is no better: it is the score of a rough guess, not of the picture.',
  },
  {
    id: 'control-words',
    name: 'Control words',
    text: 'Words put before the prompt for the reward alone, “3d render. owl”. The model never sees them; it learns what they ask for.',
  },
  {
    id: 'levels',
    name: 'Levels a recovery crosses',
    text: 'The step k between σₛ and σᵣ, counted in entries of the table of noise levels that a run trains at.',
  },
  {
    id: 'lora',
    name: 'LoRA',
    text: 'A small set of numbers beside the model’s own, which stay as they are. Only these are trained; their strength can be chosen afterwards.',
  },
  {
    id: 'advantage',
    name: 'Group, advantage',
    text: 'A group is several pictures of one prompt. The advantage is how far a picture’s reward lies above the group’s mean, in standard deviations.',
  },
  {
    id: 'hacking',
    name: 'Reward hacking',
    text: 'The reward rises while the pictures get worse: too vivid, all alike, or unlike any real picture. Stop before it begins.',
  },
  {
    id: 'saturation',
    name: 'Saturation',
    text: 'Mean over pixels of the largest less the smallest of red, green and blue, 0 to 1. Leaving the base’s own band is an early sign of hacking.',
  },
  {
    id: 'update',
    name: 'Training step, update',
    text: 'One change of the LoRA: a few pictures are drawn and scored, and the numbers move a little towards a higher reward.',
  },
];
