import { readdirSync } from 'node:fs';
import { expect, test } from 'vitest';
import { shortcutOf } from '../keyboard/shortcuts';
import type { RunView } from '../state/run-view';
import { useStudio } from '../state/store';
import { labelOf } from './action';
import { loraUnderCursor } from './draw-timeline';
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

test('a timeline is drawn with the LoRA kept nearest to the cursor, and says which it is', () => {
  const live = { runId: 'r', step: 74, run: { keepEvery: 20 } } as RunView;
  expect(loraUnderCursor(live, 0)).toEqual({ lora: { kind: 'base' }, step: 0 });
  expect(loraUnderCursor(live, 74)).toEqual({ lora: { kind: 'run', runId: 'r' }, step: 74 });
  expect(loraUnderCursor(live, 71)).toEqual({ lora: { kind: 'run', runId: 'r' }, step: 74 });
  expect(loraUnderCursor(live, 45)).toEqual({ lora: { kind: 'run', runId: 'r', step: 40 }, step: 40 });
  // Near the beginning too: never what was before training in place of a step that was trained.
  expect(loraUnderCursor(live, 3)).toEqual({ lora: { kind: 'run', runId: 'r', step: 20 }, step: 20 });
  expect(loraUnderCursor({ ...live, step: 12 }, 3)).toEqual({ lora: { kind: 'run', runId: 'r' }, step: 12 });
  expect(loraUnderCursor(null, 71)).toEqual({ lora: { kind: 'base' }, step: 0 });
});

test('before anything is known, nothing can be trained or exported', () => {
  const state = useStudio.getState();
  const enabled = ACTIONS.filter((a) => a.enabled(state)).map((a) => a.id);
  for (const id of ['align', 'pause', 'stop', 'export-safetensors', 'save-grid', 'generate']) {
    expect(enabled).not.toContain(id);
  }
  expect(enabled).toContain('open-palette');
});
