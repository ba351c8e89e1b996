import { expect, it } from 'vitest';
import type { TextEncoder } from '../models/text-encoder';
import { Pipeline } from './pipeline';

it('a prompt that is cut is told each, a text of the reward once and as what it is', async () => {
  const text = {
    encode: async ([prompt]: string[]) => ({
      tokens: Float32Array.of(1, 2),
      pooled: Float32Array.of(3, 4),
      hidden: 2,
      warnings: [`Prompt cut to 8 tokens at the bar: "${prompt}|".`],
    }),
  } as unknown as TextEncoder;
  const told: string[] = [];
  const model = { bundle: { transformer: { joint_attention_dim: 2 } } };
  const pipeline = new Pipeline({} as never, model as never, text, {} as never, (sentence) => told.push(sentence));
  await pipeline.encode(['cat', 'dog', 'cat']);
  await pipeline.encode(['sepia. cat'], true);
  await pipeline.encode(['sepia. dog'], true);
  expect(told).toEqual([
    'Prompt cut to 8 tokens at the bar: "cat|".',
    'Prompt cut to 8 tokens at the bar: "dog|".',
    'A control word and its prompt, as the reward reads them, are cut to 8 tokens at the bar: "sepia. cat|".',
  ]);
});
