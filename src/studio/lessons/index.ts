/** @file The lessons in their order. A new one is a file of its own and one line here. */
import { branches } from './branches';
import { cost } from './cost';
import { hacking } from './hacking';
import { knownNoise } from './known-noise';
import type { Lesson } from './lesson';
import { oneStep } from './one-step';
import { ownPictures } from './own-pictures';
import { path } from './path';
import { policy } from './policy';
import { words } from './words';

export const LESSONS: readonly Lesson[] = [
  path,
  oneStep,
  knownNoise,
  cost,
  words,
  branches,
  hacking,
  policy,
  ownPictures,
];

/** The lesson of this id; the first where there is none. */
export const lessonOf = (id: string): Lesson => LESSONS.find((lesson) => lesson.id === id) ?? LESSONS[0];
