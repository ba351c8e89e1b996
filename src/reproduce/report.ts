/**
 * @file docs/RESULTS.md out of the finished cells: nothing in it is written by hand.
 */
import { isStopped } from '../align/best-step';
import type { Budget } from './budget';
import { type Cell, VARIANTS } from './cells';
import { claimsOf } from './claims';
import type { CellResult, Judged, Measured, SweepResult } from './runner';
import { chosenRate } from './runner';
import type { DealtWords } from './words';

export interface ReportOf {
  budget: Budget;
  words: DealtWords;
  /** What there is to run; what of it has run. */
  cells: readonly Cell[];
  results: readonly CellResult[];
  sweeps: Readonly<Record<string, readonly SweepResult[]>>;
  /** Cores and memory, in words. */
  machine: string;
  /** Folder of curves and grids, as the page of results links to it. */
  folder: string;
}

const number = (value: number, digits = 2) => value.toFixed(digits).replace('-', '−');
const known = (value: number | null | undefined) => (value == null ? '–' : number(value));
const interval = ({ value, low, high }: Measured) => `${number(value)} (${number(low)} … ${number(high)})`;
const row = (cells: readonly (string | number)[]) => `| ${cells.join(' | ')} |`;
const table = (head: readonly string[], rows: readonly (readonly (string | number)[])[]) =>
  [row(head), row(head.map(() => '---')), ...rows.map(row)].join('\n');

const nameOf = ({ variant, reward, wanted, form }: Pick<CellResult, 'variant' | 'reward' | 'wanted' | 'form'>) => {
  const label = VARIANTS.find(({ id }) => id === variant)?.label ?? variant;
  return `${label}, \`${reward}\`${form === 'relative' ? '' : ` (${form})`}, ${wanted}`;
};

function measuresRow(result: CellResult, judged: Judged, step: number): (string | number)[] {
  const { measures, differences } = judged;
  return [
    nameOf(result),
    step,
    interval(measures.wanted),
    interval(differences.wanted),
    interval(differences.namedRight),
    number(measures.quality.value),
    number(measures.saturation.value, 3),
    interval(differences.diversity),
    number(measures.gauge.value),
  ];
}

const HEAD = [
  'cell',
  'updates',
  'wanted share',
  'against the base',
  'named right, against the base',
  'quality',
  'saturation',
  'diversity, against the base',
  'gauge',
];

/** The update after which `stop: "hacked"` would have ended the run; null where it would not. */
const stoppedAt = ({ curve }: CellResult): number | null =>
  curve.find(({ step }) => isStopped({ stop: 'hacked' }, curve, step))?.step ?? null;

/** The page of results as Markdown. */
export function reportOf({ budget, words, cells, results, sweeps, machine, folder }: ReportOf): string {
  const devices = [...new Set(results.map(({ device }) => device))].join(', ');
  const missing = cells.filter(({ id }) => !results.some((result) => result.id === id));
  const base = results[0]?.base;
  const parts = [
    '# Results',
    `Made by \`npm run reproduce${budget.id === 'default' ? '' : ` -- --budget ${budget.id}`}\`, budget *${budget.id}*: ${budget.updates} updates of ${budget.batch} pictures a cell, ${budget.rolloutSteps} rollout steps, judged over ${words.evaluation.length} held-out words × ${budget.evaluation.seeds} seeds with \`judge/judge.onnx\`, which trains nothing. Machine: ${machine}${devices ? `; ${devices}` : ''}. Intervals: 95 %, bootstrap over words. Every method has the same LoRA shape, the same pictures an update and a learning rate of its own, found by the sweep below. The *best step* is the one that the judge beside the run names, by its samples of ${words.samples.length} words that are neither trained on nor evaluated: of the kept steps the one with the largest mean probability of the wanted style that keeps the things (named right at most 10 points, diversity between the samples at most 10 % under the base's, gauge 0). Diversity in the tables is between the seeds of a word.`,
  ];
  if (missing.length > 0) {
    parts.push(
      `**${results.length} of ${cells.length} cells are finished.** Missing: ${missing.map(({ id }) => `\`${id}\``).join(', ')}. The command goes on with them.`,
    );
  }
  parts.push('## What should come out, and what did');
  parts.push(
    table(
      ['claim', 'here', 'because'],
      claimsOf(results).map(({ text, verdict, because }) => [text, `**${verdict}**`, because]),
    ),
  );
  if (base) {
    parts.push('## At the best step');
    parts.push(
      `The base: named right ${interval(base.measures.namedRight)}, quality ${number(base.measures.quality.value)}, saturation ${number(base.measures.saturation.value, 3)}, diversity ${number(base.measures.diversity.value)}.`,
    );
    const atBest = results.flatMap((result) =>
      result.best ? [measuresRow(result, result.best, result.bestStep)] : [],
    );
    parts.push(table(HEAD, atBest));
    const without = results.filter(({ best }) => !best);
    if (without.length > 0) {
      parts.push(
        `No step within the limits (named right at most 10 points, diversity at most 10 % under the base's, gauge 0): ${without.map((result) => nameOf(result)).join('; ')}. Their best is the base.`,
      );
      const ungauged = without.flatMap((result) =>
        result.ungauged ? [measuresRow(result, result.ungauged.judged, result.ungauged.step)] : [],
      );
      if (ungauged.length > 0) {
        parts.push(
          'Some of them have a best step by names and diversity alone. Real pictures of such a style are so much alike (no colour at all, say) that the gauge hardly lets any other pass; the base itself lies far outside.',
        );
        parts.push(table(HEAD, ungauged));
      }
    }
    const shown = results.flatMap((result) =>
      result.shown ? [measuresRow(result, result.shown.judged, result.shown.step)] : [],
    );
    if (shown.length > 0) {
      parts.push('Steps at which presets of the page stop although the rule names another:');
      parts.push(table(HEAD, shown));
    }
    parts.push('## At the end');
    parts.push(
      table(
        [...HEAD, 'seconds an update', '`stop: "hacked"` ends it at'],
        results.map((result) => [
          ...measuresRow(result, result.last, result.metrics.length),
          number(result.secondsPerUpdate, 1),
          stoppedAt(result) ?? 'not at all',
        ]),
      ),
    );
    parts.push('Memory and calls of every method: docs/METHODS.md.');
    parts.push('## While they trained');
    parts.push(
      `What the judge beside each run said of its samples: the mean probability of the wanted style, and the part of the things named right.`,
    );
    parts.push(`![curves](${folder}/curves.svg)`);
    parts.push('## Pictures');
    for (const result of results) parts.push(`${nameOf(result)}\n\n![${result.id}](${folder}/cells/${result.id}.png)`);
  }
  parts.push('## Learning rates');
  parts.push(
    `${budget.sweep.updates} updates each, \`clip\`, judged beside the run every ${budget.sweep.every}. Chosen: the rate whose best step has most of the wanted style; where no rate has one, the smallest.`,
  );
  parts.push(
    table(
      [
        'method',
        'rate',
        'best step',
        'wanted there',
        'at the end: wanted',
        'named right',
        'diversity',
        'gauge',
        'chosen',
      ],
      Object.entries(sweeps).flatMap(([variant, sweep]) =>
        sweep.map(({ learningRate, curve, bestStep }) => {
          const [best, last] = [curve.find(({ step }) => step === bestStep), curve.at(-1)];
          return [
            VARIANTS.find(({ id }) => id === variant)?.label ?? variant,
            learningRate,
            bestStep || 'none',
            bestStep ? known(best?.wanted) : '–',
            known(last?.wanted),
            known(last?.namedRight),
            known(last?.diversity),
            known(last?.gauge),
            chosenRate(sweep) === learningRate ? '×' : '',
          ];
        }),
      ),
    ),
  );
  return `${parts.join('\n\n')}\n`;
}
