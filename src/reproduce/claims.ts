/**
 * @file What must come out of the comparison (the paper's claims in small), each held against the cells there are.
 */
import { VARIANTS, WANTED } from './cells';
import type { CellResult, EvaluatedStep, Judged } from './runner';

export type Verdict = 'holds' | 'does not hold' | 'not run yet';

export interface Claim {
  text: string;
  verdict: Verdict;
  /** The numbers that decide it. */
  because: string;
}

const percent = (value: number) => `${Math.round(100 * value)} %`;
const points = (value: number) => `${value < 0 ? '−' : '+'}${Math.round(Math.abs(100 * value))}`;
const labelOf = ({ variant }: CellResult) => VARIANTS.find(({ id }) => id === variant)?.label ?? variant;

/** At least 40 points more of the wanted style, the interval above 20. */
function moves({ base, best }: CellResult): boolean {
  const difference = best?.differences.wanted;
  return !!difference && difference.value >= 0.4 && difference.low > 0.2 && base.measures.wanted.value < 0.1;
}

/** Things named right at most 10 points and diversity at most 10 % under the base's, gauge 0. */
function keepsThings({ base, best }: CellResult): boolean {
  if (!best) return false;
  const [namedRight, diversity] = [
    best.differences.namedRight.value,
    best.differences.diversity.value / base.measures.diversity.value,
  ];
  return namedRight >= -0.1 && diversity >= -0.1 && best.measures.gauge.value === 0;
}

/** What a cell came to at its best step; where there is none, what its last one shows and by which limit it is out. */
function moved({ wanted, base, best, last, bestStep, metrics }: CellResult): string {
  const judged = best ?? last;
  const { value, low, high } = judged.differences.wanted;
  const shares = `${percent(base.measures.wanted.value)} → ${percent(judged.measures.wanted.value)} (${points(value)}, ${points(low)} … ${points(high)})`;
  return best
    ? `${wanted} ${shares} at step ${bestStep}`
    : `${wanted}: no step within the limits; at the end, ${metrics.length}: ${shares}`;
}

const claim = (text: string, cells: readonly unknown[], holds: boolean, because: string): Claim => ({
  text,
  verdict: cells.length === 0 ? 'not run yet' : holds ? 'holds' : 'does not hold',
  because,
});

export function claimsOf(cells: readonly CellResult[]): Claim[] {
  const of = (variant: string, reward?: string) =>
    cells.filter((cell) => cell.variant === variant && (!reward || cell.reward === reward));
  // Words that are weak on purpose prove nothing of the method.
  const srpo = of('srpo', 'clip').filter(({ wanted }) => wanted !== WANTED.cartoon.id);
  const preference = of('srpo', 'preference');
  const all = [...srpo, ...preference];
  const reached = all.filter(({ best }) => best !== null);
  const baselines = [...of('refl', 'preference'), ...of('draft-1', 'preference')];
  const offline = of('srpo-offline');
  const [online] = srpo.filter(({ wanted }) => wanted === offline[0]?.wanted);
  const lost = srpo.filter(
    ({ best, last, bestStep, metrics }) => best && bestStep < metrics.length && worse(last, best),
  );
  const equal = baselines.flatMap((cell) => preference.map((other) => atEqualReward(cell, other)));
  return [
    claim(
      'SRPO, at its best step, raises the wanted style by at least 40 points (interval above 20) for three styles that the base shows less than 10 % of.',
      srpo,
      srpo.filter(moves).length >= 3,
      srpo.map(moved).join('; '),
    ),
    claim(
      'It does so with each reward that reads text.',
      preference,
      preference.some(moves) && srpo.some(moves),
      [...preference, ...srpo.slice(0, 1)].map((cell) => `${cell.reward}: ${moved(cell)}`).join('; '),
    ),
    claim(
      'There the things keep their names (at most 10 points less), their diversity (at most 10 % less), and the hacking gauge is 0.',
      all,
      reached.length > 0 && reached.every(keepsThings),
      all
        .map(({ reward, wanted, best, base }) =>
          best
            ? `${reward}/${wanted}: named ${points(best.differences.namedRight.value)}, diversity ${points(best.differences.diversity.value / base.measures.diversity.value)} %, gauge ${best.measures.gauge.value.toFixed(2)}`
            : `${reward}/${wanted}: no such step`,
        )
        .join('; '),
    ),
    claim(
      'Past the best step the things are lost.',
      srpo,
      lost.length > 0,
      srpo
        .map(({ wanted, best, last }) =>
          best
            ? `${wanted}: named right ${percent(best.measures.namedRight.value)} → ${percent(last.measures.namedRight.value)}`
            : `${wanted}: no step within the limits`,
        )
        .join('; '),
    ),
    claim(
      'At equal reward ReFL or DRaFT show a higher hacking gauge with the vivid reward `preference` than SRPO.',
      equal,
      equal.some(({ holds }) => holds),
      equal.map(({ because }) => because).join('; '),
    ),
    claim(
      'From pictures instead of rollouts SRPO reaches the same share within its interval, in a fraction of the time.',
      online ? offline : [],
      !!online && offline.some((cell) => reaches(cell, online)),
      [...offline, ...(online ? [online] : [])]
        .map((cell) => `${labelOf(cell)}: ${moved(cell)}, ${cell.secondsPerUpdate.toFixed(1)} s an update`)
        .join('; '),
    ),
  ];
}

/** Both where they first have the highest reward of the wanted words that both reach. */
function atEqualReward(baseline: CellResult, srpo: CellResult): { holds: boolean; because: string } {
  const rewardOf = ({ judged }: EvaluatedStep) => judged.measures[`reward.${baseline.reward}.wanted`].value;
  const highest = ({ evaluated }: CellResult) => Math.max(...evaluated.map(rewardOf));
  const level = Math.min(highest(baseline), highest(srpo));
  const at = ({ evaluated }: CellResult) => evaluated.find((point) => rewardOf(point) >= level)!;
  const gaugeOf = ({ judged }: EvaluatedStep) => judged.measures.gauge.value;
  const said = (cell: CellResult) => {
    const point = at(cell);
    return `${labelOf(cell)} at step ${point.step}: reward ${rewardOf(point).toFixed(2)}, gauge ${gaugeOf(point).toFixed(2)}`;
  };
  return { holds: gaugeOf(at(baseline)) > gaugeOf(at(srpo)), because: `${said(baseline)}; ${said(srpo)}` };
}

const worse = (last: Judged, best: Judged) => last.measures.namedRight.value < best.measures.namedRight.value;

function reaches(offline: CellResult, online: CellResult): boolean {
  const [a, b] = [(offline.best ?? offline.last).measures.wanted, (online.best ?? online.last).measures.wanted];
  return a.high >= b.low && offline.secondsPerUpdate < online.secondsPerUpdate;
}
