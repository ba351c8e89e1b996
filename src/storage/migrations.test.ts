import { expect, test } from 'vitest';
import { migrate } from './migrations';

const migrations = [
  (old: Record<string, unknown>) => ({ ...old, words: [old.word] }),
  ({ word: _, ...old }: Record<string, unknown>) => ({ ...old, count: (old.words as string[]).length }),
];

test('an older record is brought forward one version at a time', () => {
  expect(migrate({ version: 1, word: 'red' }, migrations, 'It')).toEqual({ version: 3, words: ['red'], count: 1 });
  expect(migrate({ version: 2, word: 'red', words: ['a', 'b'] }, migrations, 'It')).toEqual({
    version: 3,
    words: ['a', 'b'],
    count: 2,
  });
});

test('a record of today stays as it is', () => {
  const record = { version: 3, words: [], count: 0 };
  expect(migrate(record, migrations, 'It')).toBe(record);
});

test('a newer record and one without a version are sentences', () => {
  expect(() => migrate({ version: 4 }, migrations, 'It')).toThrow('It was saved by a newer version of the studio');
  for (const value of [null, 3, {}, { version: '1' }, { version: 0 }]) {
    expect(() => migrate(value, migrations, 'It')).toThrow('It is damaged: it names no version.');
  }
});
