/** @file The lessons in their order. A new one is a file of its own and one line here. */
import type { Lesson } from './lesson';
import { path } from './path';

export const LESSONS: readonly Lesson[] = [path];

/** The lesson of this id; the first where there is none. */
export const lessonOf = (id: string): Lesson => LESSONS.find((lesson) => lesson.id === id) ?? LESSONS[0];
