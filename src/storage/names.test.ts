import { expect, test } from 'vitest';
import { unlike } from './names';

test('a name that is taken gets the first number that is free', () => {
  expect(unlike('cat', ['dog'])).toBe('cat');
  expect(unlike('cat', ['cat', 'cat (3)'])).toBe('cat (2)');
  expect(unlike('cat', ['cat', 'cat (2)'])).toBe('cat (3)');
});
