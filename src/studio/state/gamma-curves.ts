/**
 * @file γ(σ) of the methods that differentiate the reward, on one axis: how much of the velocity's error at each noise
 * level reaches what the reward sees.
 */
import type { RunFile } from '../../formats/run-file';
import { METHODS } from './methods';

export interface GammaCurve {
  /** The calls whose γ this is: `SRPO, denoise branch = Direct-Align`. */
  label: string;
  /** Whether it is one of the run's own method. */
  current: boolean;
  /** One a level; null where there is none. */
  values: (number | null)[];
}

export interface GammaCurves {
  /** Noise levels, ascending. */
  sigmas: number[];
  curves: GammaCurve[];
  /** Names of the methods whose chain has no such number. */
  chained: string[];
  /** Names of those that do not differentiate the reward. */
  without: string[];
}

const LEVELS = 99;

/** The curves with the run's noise levels; calls whose γ is the same everywhere share one. */
export function gammaCurves(run: RunFile): GammaCurves {
  const sigmas = Array.from({ length: LEVELS }, (_, i) => (i + 1) / (LEVELS + 1));
  const found = new Map<string, GammaCurve>();
  const chained: string[] = [];
  for (const { id, label, differentiatesReward, timeline } of METHODS) {
    if (!differentiatesReward) continue;
    let has = false;
    for (const [call, name] of (timeline.calls ?? ['']).entries()) {
      const values = sigmas.map((sigma) => timeline.gamma(run, sigma, call));
      if (values.every((value) => value === null)) continue;
      has = true;
      const key = values.join();
      const said = name ? `${label}, ${name}` : label;
      const same = found.get(key);
      const current = id === run.method;
      found.set(key, {
        label: same ? `${same.label} = ${said}` : said,
        current: current || (same?.current ?? false),
        values,
      });
    }
    if (!has) chained.push(label);
  }
  const without = METHODS.filter(({ differentiatesReward }) => !differentiatesReward).map(({ label }) => label);
  return { sigmas, curves: [...found.values()], chained, without };
}
