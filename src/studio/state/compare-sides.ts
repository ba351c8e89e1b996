/** @file The two sides of Compare: what each may be drawn with, and what was drawn. */
import { UserError } from '../../errors';
import type { Evaluation } from '../../formats/evaluation';
import type { LoraRef, Picture } from '../../worker/protocol';
import type { Fields } from './fields';
import { keptSteps, type RunView } from './run-view';

/** One side: what was drawn and with what, so that a pinned side stays labelled. */
export interface CompareSide {
  label: string;
  prompts: string[];
  seeds: number[];
  pictures: Picture[];
}

export interface SideOption {
  /** `base`, `current`, `run:ID`, `run:ID:STEP` or `lora:ID`. */
  id: string;
  label: string;
}

export interface CompareState {
  a: CompareSide | null;
  b: CompareSide | null;
  pinnedA: boolean;
  pinnedB: boolean;
  busy: boolean;
  /** The side that is being drawn. */
  drawing: 'A' | 'B' | null;
  /** LoRAs and runs of the Library, as last read; null before. */
  offered: SideOption[] | null;
  /** What judge and rewards say of both sides as they are drawn now; null where they were not asked. */
  evaluation: Evaluation | null;
}

/** Whether both sides show the same prompts from the same seeds, so that they can be measured against each other. */
export function sidesAgree({ a, b }: Pick<CompareState, 'a' | 'b'>): boolean {
  const drawn = (side: CompareSide) => JSON.stringify([side.prompts, side.seeds]);
  return a !== null && b !== null && drawn(a) === drawn(b);
}

/** What a side may be drawn with: the base, the run on the page and its kept steps, then the Library. */
export function sideOptions({ live, compare }: { live: RunView | null; compare: CompareState }): SideOption[] {
  const options = [{ id: 'base', label: 'Base, without a LoRA' }];
  if (live?.runId && live.step > 0) {
    options.push({ id: 'current', label: `This run, “${live.name}”, step ${live.step}` });
    for (const step of keptSteps(live)) {
      options.push({ id: runSide(live.runId, step), label: `This run at step ${step}` });
    }
  }
  const own = live?.runId && runSide(live.runId);
  return [...options, ...(compare.offered ?? []).filter(({ id }) => id !== own)];
}

/** The option of a LoRA of the Library. */
export const loraSide = (loraId: string) => `lora:${loraId}`;

/** The option of a run, or of one of its kept steps. */
export const runSide = (runId: string, step?: number) => `run:${runId}${step === undefined ? '' : `:${step}`}`;

/**
 * What the two sides stand for: the fields' values where they can be drawn, else the base for A and, for B, the first
 * other choice.
 */
export function chosenSides(state: {
  live: RunView | null;
  compare: CompareState;
  fields: Pick<Fields, 'compareA' | 'compareB'>;
}): { a: SideOption; b: SideOption } {
  const options = sideOptions(state);
  const find = (id: string) => options.find((option) => option.id === id);
  return {
    a: find(state.fields.compareA) ?? options[0],
    b: find(state.fields.compareB) ?? options[1] ?? options[0],
  };
}

/** What the worker calls the LoRA behind an option. */
export function loraOf(id: string, live: RunView | null): LoraRef {
  if (id === 'base') return { kind: 'base' };
  if (id === 'current') {
    if (!live?.runId) throw new UserError('There is no run on the page; choose the base or a LoRA.');
    return { kind: 'run', runId: live.runId };
  }
  const [kind, key, step] = id.split(':');
  if (kind === 'run') return { kind: 'run', runId: key, step: step ? Number(step) : undefined };
  return { kind: 'stored', loraId: key };
}
