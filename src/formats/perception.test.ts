import { expect, test } from 'vitest';
import { parsePerception } from './perception';

const file = (scores: object) => ({
  ...{ version: 1, base: 'ab', device: 'an adapter', things: ['cat', 'tent'], steps: 8, guidance: 3.5 },
  rewards: { clip: { words: { sketch: scores }, stronger: { sketch: null } } },
});

test('scores are one a thing', () => {
  const good = file({ with: [0.1, 0.2], without: [0, 0] });
  expect(parsePerception(good, 'p.json')).toEqual(good);
  expect(() => parsePerception(file({ with: [0.1], without: [0, 0] }), 'p.json')).toThrow(
    'p.json: rewards.clip has not 2 scores of "sketch", one a thing.',
  );
  expect(() => parsePerception(file({ with: [0.1, 0.2] }), 'p.json')).toThrow(/without" is missing/);
});
