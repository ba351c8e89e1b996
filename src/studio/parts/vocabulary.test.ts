import { expect, test } from 'vitest';
import { conceptOf, suggest, unknownConcepts, unknownStyles } from './vocabulary';

const styles = [['3d render', 'glossy 3d render'], ['pencil sketch', 'sketch'], ['neon sign'], ['cartoon'], ['sepia']];

test('the concept is what is left without style words, in all caption forms', () => {
  for (const prompt of ['Cat face', 'cat face, 3d render', 'pencil sketch of cat face', 'neon sign. cat face']) {
    expect(conceptOf(prompt, styles)).toBe('cat face');
  }
});

test('unknown things are named once, and nothing is said of a bundle without words', () => {
  const words = [['cat face'], ['red apple']];
  expect(unknownConcepts(['red apple, cartoon', 'parliament', 'parliament, sepia'], words, styles)).toEqual([
    'parliament',
  ]);
  expect(unknownConcepts(['parliament'], [], styles)).toEqual([]);
});

test('suggestions begin with what was typed first', () => {
  expect(suggest('ca', ['black cat', 'cat face', 'dog face', 'candle'])).toEqual(['cat face', 'candle', 'black cat']);
  expect(suggest('cat face', ['cat face'])).toEqual([]);
});

test('a control word that no style is taught by is named, and nothing is said of a bundle without styles', () => {
  expect(unknownStyles(['Sketch', 'grim dark'], styles)).toEqual(['grim dark']);
  expect(unknownStyles(['grim dark'], [])).toEqual([]);
});
