/** @file The sides of Compare: what there is to draw with, and what is chosen of it. */
import { bestOf } from '../../align/best-step';
import type { LoraRef } from '../../worker/protocol';
import type { Codec } from './codecs';
import { judgedOf, keptSteps, type RunView } from './run-view';

/** Sides at most: more are no comparison any more. */
export const MOST_SIDES = 6;

/** One side as it is chosen. */
export interface SideChoice {
  /** Of a `SideOption`; '' for the first that no other side has. */
  id: string;
  strength: number;
}

export interface SideOption {
  /** `base`, `current`, `run:ID`, `run:ID:STEP` or `lora:ID`. */
  id: string;
  label: string;
  about?: string;
  lora: LoraRef;
  /** Equal for two options that draw the same. */
  same: string;
  /** The run it is a step of. */
  run?: { id: string; name: string; step: number };
}

export const BASE: SideOption = {
  id: 'base',
  label: 'Base, without a LoRA',
  lora: { kind: 'base' },
  same: 'base',
};

/** The option of a LoRA of the Library. */
export const loraSide = (loraId: string) => `lora:${loraId}`;

/** The option of a run, or of one of its kept steps. */
export const runSide = (runId: string, step?: number) => `run:${runId}${step === undefined ? '' : `:${step}`}`;

/** A run with the steps whose LoRA is kept. */
export interface OfferedRun {
  id: string;
  name: string;
  /** The newest, which its snapshot holds. */
  step: number;
  /** Kept steps before it, ascending. */
  kept: number[];
  /** By the judge; 0: the base is better than each; null: nobody has judged. */
  best: number | null;
  /** Whether it is the run on the page. */
  isHere: boolean;
}

/** A run's options: its best step first, then the newest, then the others. */
export function optionsOfRun({ id, name, step, kept, best, isHere }: OfferedRun): SideOption[] {
  const who = isHere ? `This run, “${name}”` : `“${name}”`;
  const about = best === 0 ? 'The judge finds the base better than each kept step.' : undefined;
  const steps = [step, ...kept.filter((at) => at !== step)].filter((at) => at > 0);
  const options = steps.map((at): SideOption => {
    const isNewest = at === step;
    const own = isNewest ? (isHere ? 'current' : runSide(id)) : runSide(id, at);
    return {
      id: own,
      label: `${who}, ${at === best ? 'best step' : 'step'} ${at}`,
      ...(isNewest && about ? { about } : {}),
      lora: { kind: 'run', runId: id, ...(isNewest ? {} : { step: at }) },
      same: runSide(id, at),
      run: { id, name, step: at },
    };
  });
  return options.sort((a, b) => Number(b.run!.step === best) - Number(a.run!.step === best));
}

/** What a side may be drawn with: the base, the run on the page and its kept steps, then the Library. */
export function sideOptions({
  live,
  compare,
}: {
  live: RunView | null;
  compare: { offered: SideOption[] | null };
}): SideOption[] {
  const offered = (compare.offered ?? []).filter(({ run }) => !live?.runId || run?.id !== live.runId);
  if (!live?.runId || live.step === 0) return [BASE, ...offered];
  const { runId: id, name, step } = live;
  // The newest step can be drawn as well as a kept one.
  const best = bestOf({ ...live.run, steps: step }, judgedOf(live.samples), step);
  return [BASE, ...optionsOfRun({ id, name, step, kept: keptSteps(live), best, isHere: true }), ...offered];
}

/**
 * What the choices stand for, in their order: the option of that name, else the first that no other side has, else the
 * base.
 */
export function chosenSides(
  choices: readonly SideChoice[],
  options: readonly SideOption[],
): { option: SideOption; strength: number }[] {
  const find = (id: string) => options.find((option) => option.id === id);
  const taken = new Set(choices.flatMap(({ id }) => find(id)?.id ?? []));
  return choices.map(({ id, strength }) => {
    const option = find(id) ?? options.find((other) => !taken.has(other.id)) ?? options[0];
    taken.add(option.id);
    return { option, strength };
  });
}

/** Sides of a link: ids with their strengths, a line each. */
export const sideChoices: Codec<SideChoice[]> = {
  read: (text) => {
    const sides = text.split('\n').map((line) => {
      const [id, strength = '1'] = line.split('*');
      return { id, strength: Number(strength) };
    });
    const possible = sides.every(({ strength }) => strength >= 0 && strength <= 2);
    return possible && sides.length >= 2 && sides.length <= MOST_SIDES ? sides : undefined;
  },
  write: (sides) => sides.map(({ id, strength }) => (strength === 1 ? id : `${id}*${strength}`)).join('\n'),
};
