/**
 * @file `studio reproduce`: the comparison of all methods, cell by cell, into docs/RESULTS.md. What is finished is kept; the
 * command goes on with what is missing.
 */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { copyFileSync, existsSync, readFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import { join } from 'node:path';
import { PRESET } from '../align/preset';
import { UserError } from '../errors';
import { type EvaluatedSide, type Evaluation, parseEvaluation } from '../formats/evaluation';
import { canonicalJson, type RunFile } from '../formats/run-file';
import { budgetOf } from '../reproduce/budget';
import { CELLS, type Cell, QUICK_CELLS, runOf, sweepCellOf, VARIANTS } from '../reproduce/cells';
import { curvesSvg } from '../reproduce/curves';
import { reportOf } from '../reproduce/report';
import {
  type EvaluationRequest,
  type Judged,
  type Measured,
  type Programs,
  type Progress,
  Reproduction,
} from '../reproduce/runner';
import { dealWords } from '../reproduce/words';
import { parseFlags } from './args';
import { lockFolder } from './folder-lock';
import { openCheckedModel, projectRoot } from './inputs';
import { openFolder, writeAtomic } from './results';
import { EXPORT, RunFolder } from './run-folder';
import { clock, message, onInterrupt, print } from './terminal';
import type { Verb } from './verb';

const flags = {
  budget: { kind: 'text', value: 'NAME', help: 'quick, default (some four hours on two cores) or full (for a GPU)' },
  quick: { kind: 'switch', help: 'short for --budget quick: two cells, to see that all parts work' },
  out: { kind: 'text', value: 'DIR', help: 'folder for the results (default: docs/results/BUDGET)' },
  only: { kind: 'texts', value: 'CELL…', help: 'only these cells, by their ids' },
  list: { kind: 'switch', help: 'print the cells and which of them are finished, and end' },
} as const;

export const reproduce: Verb = {
  name: 'reproduce',
  does: 'compare all methods: sweep, train, evaluate, docs/RESULTS.md',
  usage: '[flags]',
  flags,
  async run(args) {
    const { flags: f } = parseFlags(args, flags);
    if (f.quick && f.budget !== undefined) throw new UserError('--quick and --budget exclude each other.');
    const budget = budgetOf(f.quick ? 'quick' : (f.budget ?? 'default'));
    const cells = budget.id === 'quick' ? QUICK_CELLS : CELLS;
    const chosen = chosenCells(cells, f.only);
    const out = f.out ?? join(projectRoot, 'docs/results', budget.id);
    const model = await openCheckedModel(join(projectRoot, 'public/bundles', PRESET.bundle));
    const words = dealWords(await model.bundle.readWords(), {
      samples: budget.samples,
      evaluation: budget.evaluation.prompts,
    });
    const results = new ResultsFolder(out, (name) => keyOf(name, words, budget));
    if (f.list) {
      for (const { id } of chosen) print(`${id}${results.read(`cells/${id}`) ? '  finished' : ''}\n`);
      return 0;
    }
    openFolder(out);
    const release = await lockFolder(out);
    try {
      const programs = new Children(results.bases);
      onInterrupt((signal) => {
        message('Ended; the same command goes on with what is missing.');
        programs.end(signal);
        process.exit(130);
      });
      const started = performance.now();
      let counted = -1;
      const isOwn = f.out !== undefined || budget.id === 'quick';
      const page = isOwn
        ? join(out, 'RESULTS.md')
        : join(projectRoot, `docs/RESULTS${budget.id === 'default' ? '' : '-full'}.md`);
      const machine = `${cpus().length} cores (${cpus()[0]?.model ?? 'unknown'}), ${Math.round(totalmem() / 2 ** 30)} GiB`;
      const folder = isOwn ? '.' : `results/${budget.id}`;
      const reproduction = new Reproduction(budget, words, programs, results);
      const report = () => {
        const { cells: finished, sweeps } = reproduction.finished(cells);
        writeAtomic(join(out, 'curves.svg'), curvesSvg(finished));
        writeAtomic(page, reportOf({ budget, words, cells, results: finished, sweeps, machine, folder }));
      };
      const onProgress = ({ done, total, doing, isKept }: Progress) => {
        if (isKept) return;
        counted++;
        const seconds = (performance.now() - started) / 1000;
        const left = counted > 0 ? `, about ${clock((seconds / counted) * (total - done))} left` : '';
        message(`${done + 1} of ${total}: ${doing}${left}`);
      };
      // After every cell, so that what is finished can be read, and kept, while the rest runs.
      await reproduction.run(chosen, onProgress, report);
      print(`${page}\n`);
      return 0;
    } finally {
      release();
    }
  },
};

/** @throws UserError naming the cells there are */
function chosenCells(all: readonly Cell[], only: readonly string[] | undefined): readonly Cell[] {
  if (!only) return all;
  const unknown = only.find((id) => !all.some((cell) => cell.id === id));
  if (unknown !== undefined) {
    throw new UserError(`--only names "${unknown}", expected one of ${all.map(({ id }) => id).join(', ')}.`);
  }
  return all.filter(({ id }) => only.includes(id));
}

/** What a finished part depends on: it is made again where that has changed. */
function keyOf(name: string, words: ReturnType<typeof dealWords>, budget: ReturnType<typeof budgetOf>): string {
  const cell =
    CELLS.find(({ id }) => name === `cells/${id}`) ??
    sweepCellOf(VARIANTS.find(({ id }) => name.startsWith(`sweep/${id}@`))!);
  return canonicalJson({ run: runOf(cell, budget, words, { learningRate: 0, updates: 1, every: 1 }), budget, words });
}

/** Finished parts as files of a folder: NAME.json, with what they depend on. */
class ResultsFolder {
  constructor(
    private readonly path: string,
    private readonly keyOf: (name: string) => string,
  ) {}

  read(name: string): unknown {
    const file = join(this.path, `${name}.json`);
    if (!existsSync(file)) return undefined;
    const { key, result } = JSON.parse(readFileSync(file, 'utf8'));
    return key === this.keyOf(name) ? result : undefined;
  }

  write(name: string, result: unknown): void {
    const file = join(this.path, `${name}.json`);
    openFolder(join(file, '..'));
    const grid = join(this.work(name), 'evaluation/grid.png');
    if (name.startsWith('cells/') && existsSync(grid)) copyFileSync(grid, join(this.path, `${name}.png`));
    writeAtomic(file, `${JSON.stringify({ key: this.keyOf(name), result }, null, 1)}\n`);
  }

  /** A folder of its own for other settings: what was begun with the old ones cannot be gone on with. */
  work(name: string): string {
    const folder = join(this.#work, `${name}-${shortHash(this.keyOf(name))}`);
    openFolder(folder);
    return folder;
  }

  /** Folder for the base's pictures, which every cell is compared with. */
  get bases(): string {
    const folder = join(this.#work, 'base');
    openFolder(folder);
    return folder;
  }

  get #work(): string {
    return join(projectRoot, 'runs/reproduce', this.path.replace(/[^\w-]+/g, '_'));
  }
}

const shortHash = (text: string) => createHash('sha256').update(text).digest('hex').slice(0, 8);

/** The program's own verbs, each in a process of its own, so that nothing of one stays on the device for the next. */
class Children implements Programs {
  #child: ReturnType<typeof spawn> | null = null;

  /** @param bases folder that keeps the base's pictures from one evaluation to the next */
  constructor(private readonly bases: string) {}

  end(signal: NodeJS.Signals): void {
    this.#child?.kill(signal);
  }

  async align(run: RunFile, out: string) {
    const file = `${out}.run.json`;
    writeAtomic(file, `${JSON.stringify(run, null, 2)}\n`);
    await this.#run(['align', '--run', file, '--out', out, '--resume']);
    const folder = new RunFolder(out);
    const metrics = folder.readMetrics();
    return {
      metrics,
      curve: folder.readJudged(),
      loraAt: (step: number) => folder.file(step === run.steps ? EXPORT : folder.keptLora(step)),
    };
  }

  async evaluate({
    run,
    loras,
    prompts,
    seeds,
    out,
  }: EvaluationRequest): Promise<{ sides: Record<string, Judged>; device: string }> {
    const [runFile, promptsFile] = [`${out}.run.json`, `${out}.prompts.txt`];
    writeAtomic(runFile, `${JSON.stringify(run, null, 2)}\n`);
    writeAtomic(promptsFile, `${prompts.join('\n')}\n`);
    const names = Object.keys(loras);
    const files = names.flatMap((name) => ['--lora', loras[name]]);
    const base = join(this.bases, `${shortHash(canonicalJson({ rollout: run.rollout, prompts, seeds }))}.safetensors`);
    const args = ['--run', runFile, '--prompts-file', promptsFile, '--seeds', `${seeds}`, '--out', out, '--force'];
    args.push('--keep-base', base);
    await this.#run(['evaluate', ...files, ...args]);
    const path = join(out, 'evaluation.json');
    const { sides, device }: Evaluation = parseEvaluation(JSON.parse(readFileSync(path, 'utf8')), path);
    const named = ['base', ...names].map((name, i) => [name, judgedOf(sides[i])]);
    return { sides: Object.fromEntries(named), device };
  }

  /** @throws UserError with the child's last line where it fails */
  #run(args: string[]): Promise<void> {
    const { STUDIO_MESSAGES: _, STUDIO_RESULTS: __, STUDIO_LOG: ___, ...env } = process.env;
    const child = spawn(process.execPath, [join(projectRoot, 'scripts/studio.mjs'), ...args], {
      env,
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    this.#child = child;
    let said = '';
    child.stderr.on('data', (text) => {
      said = (said + text).slice(-2000);
    });
    return new Promise((resolve, reject) => {
      child.on('error', reject);
      child.on('close', (code) => {
        this.#child = null;
        if (code === 0) resolve();
        else reject(new UserError(said.trim().split('\n').at(-1) || `"${args[0]}" ended with code ${code}.`));
      });
    });
  }
}

/** The measures that could be taken. */
function judgedOf({ measures, difference }: EvaluatedSide): Judged {
  const taken = (from: EvaluatedSide['measures'] | null) =>
    Object.fromEntries(Object.entries(from ?? {}).filter((entry): entry is [string, Measured] => entry[1] !== null));
  return { measures: taken(measures), differences: taken(difference) };
}
