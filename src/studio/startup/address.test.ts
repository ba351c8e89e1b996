import { expect, test } from 'vitest';
import { embedOf } from '../state/embed';
import { defaultFields } from '../state/fields';
import { embedded, isElsewhere, placeOf } from './address';

test('places and lessons are entries of the history, settings and steps are not', () => {
  const before = defaultFields();
  expect(isElsewhere({ ...before, place: 'library' }, before)).toBe(true);
  expect(isElsewhere({ ...before, steps: 3, cursorStep: 2 }, before)).toBe(false);
  const lesson = { ...before, place: 'learn' as const, lesson: 'path' };
  expect(isElsewhere({ ...lesson, lesson: 'other' }, lesson)).toBe(true);
  expect(isElsewhere({ ...lesson, lessonStep: 2 }, lesson)).toBe(false);
  expect(isElsewhere({ ...lesson, lab: true }, lesson)).toBe(true);
});

test('going back changes the place alone', () => {
  expect(placeOf('#learn?lesson=path&part=2&steps=3')).toEqual({
    place: 'learn',
    lesson: 'path',
    lessonStep: 2,
    lab: false,
  });
  expect(placeOf('#compare?steps=3')).toEqual({ place: 'compare' });
});

test('an embedded page is the laboratory or a lesson, whatever else its link holds', () => {
  expect(embedded(embedOf('?embed=laboratory'))).toEqual({ place: 'learn', lab: true });
  expect(embedded(embedOf('?x=1&embed=lesson'))).toEqual({ place: 'learn', lab: false });
  expect(embedded(embedOf('?embed=align'))).toEqual({});
  expect(embedded(embedOf(''))).toEqual({});
});
