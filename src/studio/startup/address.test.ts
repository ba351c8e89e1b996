import { expect, test } from 'vitest';
import { defaultFields } from '../state/fields';
import { isElsewhere, placeOf } from './address';

test('places and lessons are entries of the history, settings and steps are not', () => {
  const before = defaultFields();
  expect(isElsewhere({ ...before, place: 'library' }, before)).toBe(true);
  expect(isElsewhere({ ...before, steps: 3, cursorStep: 2 }, before)).toBe(false);
  const lesson = { ...before, place: 'learn' as const, lesson: 'path' };
  expect(isElsewhere({ ...lesson, lesson: 'other' }, lesson)).toBe(true);
  expect(isElsewhere({ ...lesson, lessonStep: 2 }, lesson)).toBe(false);
});

test('going back changes the place alone', () => {
  expect(placeOf('#learn?lesson=path&part=2&steps=3')).toEqual({ place: 'learn', lesson: 'path', lessonStep: 2 });
  expect(placeOf('#compare?steps=3')).toEqual({ place: 'compare' });
});
