/**
 * @file What Compare is about to draw: several sides, one LoRA at several strengths, or several steps of one run. What
 * two of them would show alike is found here, before anything is drawn.
 */
import { UserError } from '../../errors';
import type { LoraRef } from '../../worker/protocol';
import { type Axis, letterOf } from './compare-columns';
import { BASE, chosenSides, type SideOption } from './compare-sides';
import type { Fields } from './fields';

/** Steps of a run that are drawn where none are named. */
const STEPS_AT_FIRST = 6;

export interface PlannedSide {
  /** For a table's head or a picture's corner: `A`, `0.50`, `step 20`. */
  short: string;
  label: string;
  lora: LoraRef;
  strength: number;
  /** Equal for two sides that show the same. */
  same: string;
}

/** An option at a strength; at 0 every LoRA is the base. */
function sideOf(short: string, { label, lora, same }: SideOption, strength: number): PlannedSide {
  const isBase = lora.kind === 'base' || strength === 0;
  return {
    short,
    label: lora.kind === 'base' || strength === 1 ? label : `${label}, at strength ${strength.toFixed(2)}`,
    lora: isBase ? BASE.lora : lora,
    strength: isBase ? 1 : strength,
    same: isBase ? BASE.same : `${same} × ${strength}`,
  };
}

/** The LoRA drawn at several strengths: the chosen one, else the first there is. */
export const loraOnAxis = ({ compareLora }: Pick<Fields, 'compareLora'>, options: readonly SideOption[]) =>
  options.find(({ id }) => id === compareLora && id !== BASE.id) ?? options.find(({ id }) => id !== BASE.id) ?? null;

/** Runs with a step to draw, in the order of the options. */
export function runsOf(options: readonly SideOption[]): { id: string; label: string }[] {
  const runs = new Map(options.flatMap(({ run }) => (run ? [[run.id, `“${run.name}”`] as const] : [])));
  return [...runs].map(([id, label]) => ({ id, label }));
}

/** The run drawn at several steps, with what there is of it: step 0 is the base. */
export function runOnAxis({ compareRun }: Pick<Fields, 'compareRun'>, options: readonly SideOption[]) {
  const runs = runsOf(options);
  const run = runs.find(({ id }) => id === compareRun) ?? runs[0];
  if (!run) return null;
  const own = options.filter((option) => option.run?.id === run.id);
  const steps = new Map([[0, BASE], ...own.map((option) => [option.run!.step, option] as const)]);
  return { ...run, steps: new Map([...steps].sort(([a], [b]) => a - b)) };
}

/** As many of the steps as can be looked at, the first and the last among them. */
export function spread(steps: readonly number[], most = STEPS_AT_FIRST): number[] {
  if (steps.length <= most) return [...steps];
  return Array.from({ length: most }, (_, i) => steps[Math.round((i * (steps.length - 1)) / (most - 1))]);
}

/**
 * The columns of Compare, from left to right.
 * @throws UserError where there is nothing to draw along this axis
 */
export function plannedSides(
  axis: Axis,
  fields: Pick<Fields, 'compareSides' | 'compareLora' | 'compareStrengths' | 'compareRun' | 'compareAt'>,
  options: readonly SideOption[],
): PlannedSide[] {
  if (axis === 'sides') {
    return chosenSides(fields.compareSides, options).map(({ option, strength }, i) =>
      sideOf(letterOf(i), option, strength),
    );
  }
  if (axis === 'strengths') {
    const option = loraOnAxis(fields, options);
    if (!option) throw new UserError('There is no LoRA to draw with yet: train a run in Align, or drop a LoRA file.');
    return fields.compareStrengths.map((strength) => ({
      ...sideOf(strength.toFixed(2), option, strength),
      label: `${option.label}, at strength ${strength.toFixed(2)}`,
    }));
  }
  const run = runOnAxis(fields, options);
  if (!run) throw new UserError('There is no run to draw yet: train one in Align.');
  const steps = fields.compareAt.length > 0 ? fields.compareAt : spread([...run.steps.keys()]);
  return steps.map((step) => {
    const option = run.steps.get(step);
    if (!option) throw new UserError(notKept(step, run));
    return {
      ...sideOf(`step ${step}`, option, 1),
      label: `${run.label}, ${step === 0 ? 'before training' : `step ${step}`}`,
    };
  });
}

/** What all columns of an axis have in common, for a heading; null where each is something else. */
export function subjectOf(
  axis: Axis,
  fields: Pick<Fields, 'compareLora' | 'compareRun'>,
  options: readonly SideOption[],
): string | null {
  if (axis === 'sides') return null;
  return (axis === 'strengths' ? loraOnAxis(fields, options) : runOnAxis(fields, options))?.label ?? null;
}

/** A sentence for a step whose LoRA is gone, or never was. */
export function notKept(step: number, { label, steps }: NonNullable<ReturnType<typeof runOnAxis>>): string {
  return `No LoRA of step ${step} of ${label} is kept; it has ${[...steps.keys()].join(', ')}.`;
}
