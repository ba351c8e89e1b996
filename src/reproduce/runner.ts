/**
 * @file Runs the comparison cell by cell: first each method's learning rate, then the cells. What is done is a file; a run
 * that is killed goes on with what is missing.
 */
import { isWithinLimits } from '../align/best-step';
import type { RunFile } from '../formats/run-file';
import type { Budget } from './budget';
import { type Cell, runOf, sweepCellOf, type Variant } from './cells';
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
  base: Judged;
  judged: Judged;
  seconds: number;
}

/** A kept LoRA; step 0 is the base. */
export interface CurvePoint {
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
  /** What the judge says of the kept LoRAs over the sample words. */
  curve: CurvePoint[];
  /** Of the kept steps the best by that; 0 where none is within the limits. */
  bestStep: number;
  /** Over the words of the evaluation, as `best` and `last`. */
  base: Judged;
  /** At the best step; null where that is step 0. */
  best: Judged | null;
  last: Judged;
  secondsPerUpdate: number;
}

/** Whether the things are kept, by the limits of the best step beside a run. */
function keeps(base: Judged, judged: Judged): boolean {
  const limited = ({ measures }: Judged) => {
    const value = (name: string) => measures[name]?.value ?? null;
    return { namedRight: value('namedRight'), diversity: value('diversity'), gauge: value('gauge') };
  };
  return isWithinLimits(limited(judged), limited(base));
}

/** What moves most: the mean probability of the wanted style, finer than the share of a few pictures; of equal ones the first. */
const most = <T>(list: readonly T[], judged: (entry: T) => Judged): T => {
  const wanted = (entry: T) => judged(entry).measures.wantedProbability.value;
  return list.reduce((best, entry) => (wanted(entry) > wanted(best) ? entry : best));
};

/**
 * The rate of the sweep that moves most among those that keep the things. Where none does, the smallest rate.
 */
export function chosenRate(sweep: readonly SweepResult[]): number {
  const kept = sweep.filter(({ base, judged }) => keeps(base, judged));
  if (kept.length === 0) return Math.min(...sweep.map(({ learningRate }) => learningRate));
  return most(kept, ({ judged }) => judged).learningRate;
}

/** Of the kept steps the one that moves most among those that keep the things; 0 where there is none. */
export function bestStepOf(curve: readonly CurvePoint[]): number {
  const [{ judged: base }, ...steps] = curve;
  const kept = steps.filter(({ judged }) => keeps(base, judged));
  return kept.length === 0 ? 0 : most(kept, ({ judged }) => judged).step;
}

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

  /** A short run, judged on words that no evaluation uses. */
  async #sweep(variant: Variant, learningRate: number): Promise<SweepResult> {
    const name = sweepName(variant, learningRate);
    const kept = this.results.read(name);
    if (kept) return kept as SweepResult;
    const { updates, seeds } = this.budget.sweep;
    const run = runOf(sweepCellOf(variant), this.budget, this.words, { learningRate, updates });
    const folder = this.results.work(name);
    const trained = await this.programs.align(run, `${folder}/run`);
    const { sides } = await this.programs.evaluate({
      run,
      loras: { last: trained.loraAt(updates) },
      prompts: this.words.sweep,
      seeds,
      out: `${folder}/evaluation`,
    });
    const result = { learningRate, base: sides.base, judged: sides.last, seconds: secondsOf(trained) };
    this.results.write(name, result);
    return result;
  }

  /** The base and every kept LoRA, over the sample words. */
  async #curve({ id }: Cell, run: RunFile, trained: Trained): Promise<CurvePoint[]> {
    const steps = keptSteps(run);
    const { sides } = await this.programs.evaluate({
      run,
      loras: Object.fromEntries(steps.map((step) => [String(step), trained.loraAt(step)])),
      prompts: this.words.samples,
      seeds: 2,
      out: `${this.results.work(`cells/${id}`)}/curve`,
    });
    return [{ step: 0, judged: sides.base }, ...steps.map((step) => ({ step, judged: sides[step] }))];
  }

  async #cell(cell: Cell, learningRate: number): Promise<void> {
    const name = `cells/${cell.id}`;
    const kept = this.results.read(name) as CellResult | undefined;
    if (kept?.learningRate === learningRate) return;
    const { updates, evaluation } = this.budget;
    const run = runOf(cell, this.budget, this.words, { learningRate, updates });
    const folder = this.results.work(name);
    const trained = await this.programs.align(run, `${folder}/run@${learningRate}`);
    const curve = await this.#curve(cell, run, trained);
    const bestStep = bestStepOf(curve);
    const loras: Record<string, string> = { last: trained.loraAt(updates) };
    if (bestStep > 0 && bestStep < updates) loras.best = trained.loraAt(bestStep);
    const { sides, device } = await this.programs.evaluate({
      run,
      loras,
      prompts: this.words.evaluation,
      seeds: evaluation.seeds,
      out: `${folder}/evaluation`,
    });
    const result: CellResult = {
      id: cell.id,
      variant: cell.variant.id,
      wanted: cell.wanted.id,
      reward: cell.reward,
      form: cell.form,
      learningRate,
      device,
      metrics: trained.metrics,
      curve,
      bestStep,
      base: sides.base,
      best: bestStep === updates ? sides.last : (sides.best ?? null),
      last: sides.last,
      secondsPerUpdate: secondsOf(trained),
    };
    this.results.write(name, result);
  }
}

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
