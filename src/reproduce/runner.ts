/**
 * @file Runs the comparison cell by cell: first each method's learning rate, then the cells. What is done is a file; a run
 * that is killed goes on with what is missing.
 */
import { bestOf } from '../align/best-step';
import type { JudgedGrid } from '../formats/judged';
import type { RunFile } from '../formats/run-file';
import type { Budget } from './budget';
import { type Cell, runOf, sweepCellOf, updatesOf, type Variant } from './cells';
import type { DealtWords } from './words';

/** A measure with its 95 % interval. */
export interface Measured {
  value: number;
  low: number;
  high: number;
}

/** What an evaluation says of one LoRA, or of the base. */
export interface Judged {
  /** By the measure's name, as in evaluation.json. */
  measures: Record<string, Measured>;
  /** Paired differences from the base; empty for the base. */
  differences: Record<string, Measured>;
}

export interface EvaluationRequest {
  run: RunFile;
  /** LoRA files by the name they go by; the base is always judged too. */
  loras: Record<string, string>;
  prompts: readonly string[];
  seeds: number;
  /** Folder for the table and the grid. */
  out: string;
}

/** A finished training run. */
export interface Trained {
  /** Lines of metrics.jsonl. */
  metrics: Record<string, unknown>[];
  /** What the judge beside the run said of its sample grids; the first is the base's. */
  curve: JudgedGrid[];
  /** The LoRA after so many updates. */
  loraAt(step: number): string;
}

/** The programs that do the work. */
export interface Programs {
  /** Trains the run into the folder, or goes on where it was left. */
  align(run: RunFile, out: string): Promise<Trained>;
  /** The base as `base`, the LoRAs by their names, and the graphics adapter that drew. */
  evaluate(request: EvaluationRequest): Promise<{ sides: Record<string, Judged>; device: string }>;
}

/** Where finished parts are kept. */
export interface Results {
  read(name: string): unknown;
  write(name: string, value: unknown): void;
  /** Folder for a part's work, kept from one attempt to the next. */
  work(name: string): string;
}

/** One rate of a variant's sweep. */
export interface SweepResult {
  learningRate: number;
  curve: JudgedGrid[];
  bestStep: number;
  seconds: number;
}

/** A kept LoRA, or at step 0 the base, as it was evaluated. */
export interface EvaluatedStep {
  step: number;
  judged: Judged;
}

export interface CellResult {
  id: string;
  variant: string;
  wanted: string;
  reward: string;
  form: string;
  learningRate: number;
  device: string;
  metrics: Record<string, unknown>[];
  curve: JudgedGrid[];
  /** Of the kept steps the best by that; 0 where none is within the limits. */
  bestStep: number;
  /**
   * Where that is 0, the best step by names and diversity alone: of some styles real pictures are so much alike that the
   * gauge hardly lets any other picture pass.
   */
  ungauged: EvaluatedStep | null;
  /** At the step that the page's preset shows, where that is none of the others. */
  shown: EvaluatedStep | null;
  /** Every so many kept steps, where the reward is the one that invites hacking; else nothing. */
  evaluated: EvaluatedStep[];
  /** Over the words of the evaluation, as `best` and `last`. */
  base: Judged;
  /** At the best step; null where that is step 0. */
  best: Judged | null;
  last: Judged;
  secondsPerUpdate: number;
}

/** The wanted style at the best step of a rate; what no step has within the limits is less than any. */
function reached({ curve, bestStep }: SweepResult): number {
  const best = bestStep > 0 ? curve.find(({ step }) => step === bestStep) : undefined;
  return best?.wanted ?? Number.NEGATIVE_INFINITY;
}

/**
 * The rate of the sweep whose best step has most of the wanted style; of equal ones, as where none has a step within the
 * limits, the smallest.
 */
export function chosenRate(sweep: readonly SweepResult[]): number {
  const rising = [...sweep].sort((a, b) => a.learningRate - b.learningRate);
  return rising.reduce((best, entry) => (reached(entry) > reached(best) ? entry : best)).learningRate;
}

/** The reward with a taste of its own: cells with it are evaluated along the way, to compare them at equal reward. */
const INVITES_HACKING = 'preference';
/** Kept steps from one evaluation along the way to the next. */
const ALONG_THE_WAY = 2;

/** What is done next, for progress. */
export interface Progress {
  done: number;
  total: number;
  /** In words. */
  doing: string;
  /** Whether it was finished before. */
  isKept: boolean;
}

/** What is finished: the results of cells, and the sweep of every variant, by its id. */
export interface Finished {
  cells: CellResult[];
  sweeps: Record<string, SweepResult[]>;
}

export class Reproduction {
  constructor(
    private readonly budget: Budget,
    private readonly words: DealtWords,
    private readonly programs: Programs,
    private readonly results: Results,
  ) {}

  /**
   * Does what is missing for these cells.
   * @param onProgress called before each part
   * @param onFinished called after each cell
   */
  async run(
    cells: readonly Cell[],
    onProgress: (progress: Progress) => void,
    onFinished: () => void = () => {},
  ): Promise<void> {
    const variants = variantsOf(cells);
    const { rates } = this.budget.sweep;
    const total = variants.length * rates.length + cells.length;
    let done = 0;
    const sweeps: Record<string, SweepResult[]> = {};
    // A cell right after its variant's sweep: the first tables do not wait for the last sweep.
    for (const cell of cells) {
      const { variant } = cell;
      if (!sweeps[variant.id]) {
        sweeps[variant.id] = [];
        for (const rate of rates) {
          const isKept = this.results.read(sweepName(variant, rate)) !== undefined;
          onProgress({ done: done++, total, doing: `${variant.label}, learning rate ${rate}`, isKept });
          sweeps[variant.id].push(await this.#sweep(variant, rate));
        }
      }
      const doing = `${variant.label} with ${cell.reward} towards ${cell.wanted.id}`;
      onProgress({ done: done++, total, doing, isKept: this.results.read(`cells/${cell.id}`) !== undefined });
      await this.#cell(cell, chosenRate(sweeps[variant.id]));
      onFinished();
    }
  }

  /** What is there of these cells, and of the sweeps of their variants. */
  finished(cells: readonly Cell[]): Finished {
    const read = <T>(names: readonly string[]) =>
      names.map((name) => this.results.read(name) as T | undefined).filter((result) => result !== undefined);
    const sweeps = variantsOf(cells).map((variant) => [
      variant.id,
      read<SweepResult>(this.budget.sweep.rates.map((rate) => sweepName(variant, rate))),
    ]);
    return {
      cells: read<CellResult>(cells.map(({ id }) => `cells/${id}`)),
      sweeps: Object.fromEntries(sweeps.filter(([, sweep]) => sweep.length > 0)),
    };
  }

  /** A short run, judged beside it on words that no evaluation uses. */
  async #sweep(variant: Variant, learningRate: number): Promise<SweepResult> {
    const name = sweepName(variant, learningRate);
    const kept = this.results.read(name);
    if (kept) return kept as SweepResult;
    const run = runOf(sweepCellOf(variant), this.budget, this.words, { ...this.budget.sweep, learningRate });
    const trained = await this.programs.align(run, `${this.results.work(name)}/run`);
    const { curve } = trained;
    const result = { learningRate, curve, bestStep: bestOf(run, curve, run.steps) ?? 0, seconds: secondsOf(trained) };
    this.results.write(name, result);
    return result;
  }

  async #cell(cell: Cell, learningRate: number): Promise<void> {
    const name = `cells/${cell.id}`;
    const kept = this.results.read(name) as CellResult | undefined;
    if (kept?.learningRate === learningRate) return;
    const { every, evaluation } = this.budget;
    const updates = updatesOf(cell, this.budget);
    const run = runOf(cell, this.budget, this.words, { learningRate, updates, every });
    const folder = this.results.work(name);
    const trained = await this.programs.align(run, `${folder}/run@${learningRate}`);
    const { curve, metrics } = trained;
    const bestStep = bestOf(run, curve, updates) ?? 0;
    const between = cell.reward === INVITES_HACKING ? keptSteps(run).filter((_, i) => i % ALONG_THE_WAY === 1) : [];
    const ungauged = bestStep > 0 ? 0 : (bestOf(run, curve.map(withoutGauge), updates) ?? 0);
    const { shown = 0 } = cell.wanted;
    const isShown = keptSteps(run).includes(shown);
    const steps = [...new Set([...between, bestStep, ungauged, ...(isShown ? [shown] : []), updates])]
      .filter((step) => step > 0)
      .sort((a, b) => a - b);
    const { sides, device } = await this.programs.evaluate({
      run,
      loras: Object.fromEntries(steps.map((step) => [`step ${step}`, trained.loraAt(step)])),
      prompts: this.words.evaluation,
      seeds: evaluation.seeds,
      out: `${folder}/evaluation`,
    });
    const at = (step: number): EvaluatedStep => ({ step, judged: step === 0 ? sides.base : sides[`step ${step}`] });
    const result: CellResult = {
      id: cell.id,
      variant: cell.variant.id,
      wanted: cell.wanted.id,
      reward: cell.reward,
      form: cell.form,
      learningRate,
      device,
      metrics,
      curve,
      bestStep,
      ungauged: ungauged > 0 ? at(ungauged) : null,
      shown: isShown ? at(shown) : null,
      evaluated: between.length > 0 ? [0, ...steps].map(at) : [],
      base: sides.base,
      best: bestStep > 0 ? at(bestStep).judged : null,
      last: at(updates).judged,
      secondsPerUpdate: secondsOf(trained),
    };
    this.results.write(name, result);
  }
}

const withoutGauge = (grid: JudgedGrid): JudgedGrid => ({ ...grid, gauge: null });

const variantsOf = (cells: readonly Cell[]): Variant[] => [
  ...new Map(cells.map(({ variant }) => [variant.id, variant])).values(),
];

/** Steps that a run keeps a LoRA of, the last one among them. */
const keptSteps = ({ steps, keepEvery }: RunFile): number[] => [
  ...Array.from({ length: Math.ceil(steps / keepEvery) - 1 }, (_, i) => (i + 1) * keepEvery),
  steps,
];

const sweepName = (variant: Variant, learningRate: number) => `sweep/${variant.id}@${learningRate}`;

/** The median seconds of an update. */
function secondsOf({ metrics }: Trained): number {
  const seconds = metrics.map((line) => line.seconds as number).sort((a, b) => a - b);
  return seconds[Math.floor(seconds.length / 2)] ?? 0;
}
