import { expect, it } from 'vitest';
import { evaluationPrompts, heldOutWords } from './held-out';

const bundleOf = (words: string[][], styles: string[][] = []) => ({
  name: 'b',
  readWords: async () => words,
  readStyles: async () => styles,
});

it('held-out words are those of the bundle without what is seen and what names a style, in its order', async () => {
  const bundle = bundleOf(
    [
      ['cat face', 'owl', 'Sketch'],
      ['sun', 'owl'],
    ],
    [['sketch', 'neon sign']],
  );
  expect(await heldOutWords(bundle, ['Cat  face'], 9)).toEqual(['owl', 'sun']);
});

it('of many, every so many', async () => {
  const words = Array.from({ length: 10 }, (_, i) => `w${i}`);
  expect(await heldOutWords(bundleOf([words.slice(0, 5), words.slice(5)]), ['w0'], 3)).toEqual(['w1', 'w4', 'w7']);
  expect(await heldOutWords(bundleOf([words]), [], 10)).toEqual(words);
});

it('an evaluation leaves out what runs train on and what they sample; without words it asks for prompts', async () => {
  const run = (prompts: string[], samples: string[]) => ({ prompts, samples: { every: 1, seed: 0, prompts: samples } });
  const bundle = bundleOf([['a', 'b', 'c', 'd']]);
  expect(await evaluationPrompts(bundle, [run(['a'], ['b']), run(['d'], ['d'])])).toEqual(['c']);
  await expect(evaluationPrompts(bundle, [run(['a', 'b'], ['c', 'd'])])).rejects.toThrow('give prompts with --prompts');
  await expect(evaluationPrompts(bundleOf([]), [])).rejects.toThrow('give prompts with --prompts');
});
