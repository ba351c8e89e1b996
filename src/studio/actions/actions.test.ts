import { readdirSync } from 'node:fs';
import { expect, test } from 'vitest';
import { shortcutOf } from '../keyboard/shortcuts';
import { useStudio } from '../state/store';
import { labelOf } from './action';
import { ACTIONS } from './index';

const repeated = (values: string[]) => values.filter((v, i) => values.indexOf(v) < i);

test('ids and shortcuts are unique', () => {
  expect(repeated(ACTIONS.map((a) => a.id))).toEqual([]);
  expect(repeated(ACTIONS.flatMap((a) => a.shortcut ?? []))).toEqual([]);
});

test('labels are unique, so that the palette never shows the same line twice', () => {
  expect(repeated(ACTIONS.map((a) => labelOf(a, useStudio.getState())))).toEqual([]);
});

test('every action file is registered', () => {
  const files = readdirSync(import.meta.dirname).filter((f) => !/^(index|action|.*\.test)\.ts$/.test(f));
  expect(files.length).toBe(ACTIONS.length - 3); // the four places share one file
});

test('shortcuts are written as the keyboard handler reads them', () => {
  const key = (key: string, more: object = {}) =>
    shortcutOf({ key, ctrlKey: false, metaKey: false, shiftKey: false, altKey: false, ...more });
  expect(key('k', { ctrlKey: true })).toBe('Mod+k');
  expect(key('k', { metaKey: true })).toBe('Mod+k');
  expect(key(' ', { shiftKey: true })).toBe('Shift+Space');
  expect(key('ArrowLeft', { shiftKey: true })).toBe('Shift+ArrowLeft');
  expect(key('P')).toBe('p');
  expect(key('p', { altKey: true })).toBe('Alt+p');
  for (const action of ACTIONS) {
    if (!action.shortcut) continue;
    const parts = action.shortcut.split('+');
    const name = parts.pop()!;
    expect(
      key(name === 'Space' ? ' ' : name, { ctrlKey: parts.includes('Mod'), shiftKey: parts.includes('Shift') }),
    ).toBe(action.shortcut);
  }
});

test('before anything is known, nothing can be trained or exported', () => {
  const state = useStudio.getState();
  const enabled = ACTIONS.filter((a) => a.enabled(state)).map((a) => a.id);
  for (const id of ['align', 'pause', 'stop', 'export-safetensors', 'save-grid', 'generate']) {
    expect(enabled).not.toContain(id);
  }
  expect(enabled).toContain('open-palette');
});
