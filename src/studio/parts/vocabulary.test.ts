import { expect, test } from 'vitest';
import { conceptOf, suggest, unknownConcepts } from './vocabulary';

test('the concept is what is left without style words, in all caption forms', () => {
  for (const prompt of ['Cat face', 'cat face, 3d render', 'pencil sketch of cat face', 'neon sign. cat face']) {
    expect(conceptOf(prompt)).toBe('cat face');
  }
});

test('unknown things are named once, and nothing is said of a bundle without words', () => {
  const words = [['cat face'], ['red apple']];
  expect(unknownConcepts(['red apple, cartoon', 'parliament', 'parliament, sepia'], words)).toEqual(['parliament']);
  expect(unknownConcepts(['parliament'], [])).toEqual([]);
});

test('suggestions begin with what was typed first', () => {
  expect(suggest('ca', ['black cat', 'cat face', 'dog face', 'candle'])).toEqual(['cat face', 'candle', 'black cat']);
  expect(suggest('cat face', ['cat face'])).toEqual([]);
});
