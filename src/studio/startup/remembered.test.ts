import { expect, test } from 'vitest';
import { defaultFields } from '../state/fields';
import { remember, remembered } from './remembered';

function memory(blocked = false) {
  const kept = new Map<string, string>();
  return {
    getItem: (key: string) => kept.get(key) ?? null,
    setItem: (key: string, text: string) => {
      if (blocked) throw new DOMException('full', 'QuotaExceededError');
      kept.set(key, text);
    },
  };
}

test('kept fields come back, others do not', () => {
  const store = memory();
  remember({ ...defaultFields(), theme: 'dark', letterKeys: false, lessonsDone: ['path'], steps: 3 }, store);
  const back = remembered(store);
  expect(back).toMatchObject({ theme: 'dark', letterKeys: false, lessonsDone: ['path'] });
  expect(back).not.toHaveProperty('steps');
});

test('where nothing can be kept, each visit is the first', () => {
  const first = { theme: 'system', letterKeys: true, lessonsDone: [] };
  expect(remembered(null)).toMatchObject(first);
  remember(defaultFields(), null);
  const full = memory(true);
  remember({ ...defaultFields(), theme: 'dark' }, full);
  expect(remembered(full)).toMatchObject(first);
});
