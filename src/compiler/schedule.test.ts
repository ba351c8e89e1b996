import { describe, expect, it } from 'vitest';
import { input, reachable, Value } from '../graph/graph';
import { add } from '../ops/add';
import { scale } from '../ops/scale';
import { schedule } from './schedule';

const x = input('x', [2]);

describe('schedule', () => {
  it('keeps the order of the trace, and leaves out what no output needs', () => {
    const a = scale(x, 2);
    const b = scale(x, 3);
    scale(x, 4);
    const out = add(add(b, a), scale(b, 5));
    expect(schedule([out])).toEqual(reachable([out]));
    expect(schedule([out, a])).toEqual(reachable([out, a]));
  });

  it('places a late node directly before its first reader, with what it alone needs', () => {
    const first = scale(x, 2);
    const again = scale(first, 3);
    const kept = scale(x, 5);
    const reader = add(kept, again);
    const out = add(reader, again);
    const late = new Set([first, again]);
    expect(schedule([out], (v) => late.has(v))).toEqual([x, kept, first, again, reader, out]);
    expect(schedule([again], (v) => late.has(v))).toEqual([x, first, again]);
  });

  it('does not delay what is late but needed early', () => {
    const early = scale(x, 2);
    const between = scale(early, 3);
    const out = add(scale(x, 7), add(early, between));
    expect(schedule([out], (v) => v === early).slice(0, 3)).toEqual([x, early, between]);
  });

  it('holds inputs before readers where a transformation made them later', () => {
    const old = scale(x, 2);
    const other = scale(x, 3);
    const inner = scale(x, 5);
    const made = new Value(old.op, [inner], { factor: 7 }, old.shape, 'f32', old);
    const out = add(made, other);
    expect(schedule([out])).toEqual([x, inner, made, other, out]);
  });

  it('visits a chain of shared values once each, however long', () => {
    let y: Value = x;
    for (let i = 0; i < 20_000; i++) y = add(y, y);
    expect(schedule([y], () => true)).toHaveLength(20_001);
  });
});
