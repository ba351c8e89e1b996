import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { PRESET } from '../align/preset';
import type { JudgedGrid } from '../formats/judged';
import { linesOf } from '../formats/utf8';
import { methodOf } from '../methods';
import { BUDGETS, budgetOf } from './budget';
import { CELLS, type Cell, QUICK_CELLS, runOf } from './cells';
import { claimsOf } from './claims';
import { curvesSvg } from './curves';
import { reportOf } from './report';
import { type CellResult, chosenRate, type Judged, type Programs, Reproduction, type SweepResult } from './runner';
import { dealWords } from './words';

const groups = linesOf(readFileSync('public/bundles/mini-flux/words.txt', 'utf8'))
  .map((line) =>
    line
      .split(';')
      .map((word) => word.trim())
      .filter(Boolean),
  )
  .filter((group) => group.length > 0);

const dealt = (id: string) => {
  const { samples, evaluation } = budgetOf(id);
  return dealWords(groups, { samples, evaluation: evaluation.prompts });
};

test('no word is in two hands, the same ones every time, and each hand has words of several groups', () => {
  for (const { id, evaluation } of BUDGETS) {
    const words = dealt(id);
    const all = Object.values(words).flat();
    expect(new Set(all).size, id).toBe(all.length);
    expect(words.evaluation, id).toHaveLength(evaluation.prompts);
    expect(dealt(id)).toEqual(words);
  }
  const { evaluation, training } = dealt('default');
  expect(training.length).toBeGreaterThan(60);
  const touched = groups.filter((group) => group.some((word) => evaluation.includes(word)));
  expect(touched.length).toBeGreaterThanOrEqual(4);
  expect(() => dealWords([['a', ...PRESET.prompts]], { samples: 1, evaluation: 2 })).toThrow(
    'The base has 1 words beside the preset’s, too few to evaluate 2.',
  );
});

test('every cell is a run that its method takes, with the same pictures, LoRA and steps', () => {
  for (const { id } of BUDGETS) {
    const budget = budgetOf(id);
    const runs = [...CELLS, ...QUICK_CELLS].map((cell) =>
      runOf(cell, budget, dealt(id), { ...budget, learningRate: 1e-3 }),
    );
    for (const run of runs) {
      expect(run.lora).toEqual(runs[0].lora);
      expect([run.batch, run.steps, run.rollout.steps]).toEqual([budget.batch, budget.updates, budget.rolloutSteps]);
      expect(run.samples.prompts).toHaveLength(budget.samples);
      expect([run.samples.every, run.keepEvery]).toEqual([budget.every, budget.every]);
      expect(run.images === null || methodOf(run.method).takesPictures).toBe(true);
    }
  }
  const ids = CELLS.map((cell) => cell.id);
  expect(new Set(ids).size).toBe(ids.length);
  expect(() => budgetOf('huge')).toThrow('--budget is "huge", expected one of quick, default, full.');
});

const exact = (mean: number, spread = 0.05) => ({ value: mean, low: mean - spread, high: mean + spread });

/** What a judge would say of a LoRA that moves the style by `wanted` and loses `lost` of the names. */
function judged(wanted: number, lost = 0, gauge = 0): Judged {
  const measures = {
    wanted: exact(0.05 + wanted),
    wantedProbability: exact(0.05 + wanted),
    namedRight: exact(0.95 - lost),
    quality: exact(0.8),
    saturation: exact(0.2),
  };
  return {
    measures: { ...measures, diversity: exact(0.9), gauge: exact(gauge, 0) },
    differences: { wanted: exact(wanted), namedRight: exact(-lost), diversity: exact(0) },
  };
}

/** What the judge beside a run would say of such a LoRA. */
const grid = (step: number, wanted: number, lost = 0, gauge = 0): JudgedGrid => ({
  ...{ step, wanted: 0.05 + wanted, namedRight: 0.95 - lost, quality: 0.8, diversity: 0.9, gauge },
});

const sweepOf = (rates: [rate: number, best: JudgedGrid | null][]): SweepResult[] =>
  rates.map(([learningRate, best]) => ({
    ...{ learningRate, curve: [grid(0, 0), ...(best ? [best] : []), grid(12, 0.9, 0.5)] },
    ...{ bestStep: best?.step ?? 0, seconds: 1 },
  }));

test('the rate that is chosen has the best best step; where none has one, the smallest is', () => {
  expect(
    chosenRate(
      sweepOf([
        [3, null],
        [2, grid(4, 0.3)],
        [1, grid(8, 0.1)],
      ]),
    ),
  ).toBe(2);
  expect(
    chosenRate(
      sweepOf([
        [3, null],
        [1, null],
      ]),
    ),
  ).toBe(1);
});

const cellsOf = (...ids: string[]): Cell[] => CELLS.filter(({ id }) => ids.includes(id));

/** Programs that note what they are asked for; the longer a run, the more it moves, and past 18 updates it loses. */
function fakes(log: string[]): Programs {
  return {
    async align(run, out) {
      log.push(`align ${run.method} ${run.optimizer.learningRate} ${run.steps}`);
      const metrics = Array.from({ length: run.steps }, (_, i) => ({ step: i + 1, seconds: 2 }));
      const steps = metrics.map(({ step }) => step).filter((step) => step % run.samples.every === 0);
      const curve = [0, ...steps].map((step) => grid(step, step / 40, step > 18 ? 0.3 : 0));
      return { metrics, curve, loraAt: (step) => `${out}/${step}` };
    },
    async evaluate({ loras, prompts }) {
      log.push(`evaluate ${Object.values(loras).map((path) => path.split('/').at(-1))} on ${prompts.length}`);
      const ofStep = (step: number) => judged(step / 40, step > 18 ? 0.3 : 0);
      const sides = Object.entries(loras).map(([name, path]) => [name, ofStep(Number(path.split('/').at(-1)))]);
      return { sides: { base: judged(0), ...Object.fromEntries(sides) }, device: 'fake' };
    },
  };
}

function memory() {
  const kept = new Map<string, unknown>();
  const results = {
    read: (name: string) => structuredClone(kept.get(name)),
    write: (name: string, value: unknown) => void kept.set(name, structuredClone(value)),
    work: (name: string) => `/work/${name}`,
  };
  return { kept, results };
}

test('each method is swept once, each cell trained and judged once, and a killed comparison goes on with what is missing', async () => {
  const budget = budgetOf('default');
  const words = dealt('default');
  const cells = cellsOf('srpo.clip.3d', 'srpo.clip.pixel', 'srpo.clip.mono', 'refl.clip.3d');
  const { kept, results } = memory();
  const log: string[] = [];
  const broken = fakes(log);
  const killed: Programs = {
    ...broken,
    align: (run, out) => (log.length >= 9 ? Promise.reject(new Error('killed')) : broken.align(run, out)),
  };
  const withPrograms = (programs: Programs) => new Reproduction(budget, words, programs, results);
  await expect(withPrograms(killed).run(cells, () => {})).rejects.toThrow('killed');
  const before = [...kept.keys()];
  expect(before.length).toBeGreaterThan(3);

  const doing: string[] = [];
  const again: string[] = [];
  let finished = 0;
  const whole = withPrograms(fakes(again));
  await whole.run(
    cells,
    ({ doing: now }) => doing.push(now),
    () => finished++,
  );
  expect(finished).toBe(cells.length);
  const done = whole.finished(CELLS);
  const parts = 2 * budget.sweep.rates.length + cells.length;
  expect(doing).toHaveLength(parts);
  expect(
    log.filter((entry) => entry.startsWith('align')).length + again.filter((e) => e.startsWith('align')).length,
  ).toBe(parts);
  expect(Object.keys(done.sweeps)).toEqual(['srpo', 'refl']);
  expect(done.cells.map(({ id }) => id)).toEqual(cells.map(({ id }) => id));
  expect(done.cells[0]).toMatchObject({ bestStep: 18, secondsPerUpdate: 2, device: 'fake' });

  const third: string[] = [];
  await withPrograms(fakes(third)).run(cells, () => {});
  expect(third).toEqual([]);
  // One cell alone finds the sweep of its method.
  await withPrograms(fakes(third)).run(cellsOf('srpo.preference.3d'), () => {});
  expect(third.map((entry) => entry.split(' ')[0])).toEqual(['align', 'evaluate']);
  expect(whole.finished(CELLS).cells).toHaveLength(cells.length + 1);

  // Where the gauge lets nothing pass, the best by names and diversity is evaluated, and said apart.
  const outside = fakes([]);
  const strict: Programs = {
    ...outside,
    align: async (run, out) => {
      const trained = await outside.align(run, out);
      return { ...trained, curve: trained.curve.map((grid) => ({ ...grid, gauge: 2 })) };
    },
  };
  const apart = memory();
  const gauged = new Reproduction(budget, words, strict, apart.results);
  await gauged.run(cellsOf('srpo.clip.mono'), () => {});
  const [mono] = gauged.finished(CELLS).cells;
  expect([mono.bestStep, mono.best, mono.ungauged!.step, mono.shown!.step]).toEqual([0, null, 18, 16]);
  expect(mono.ungauged!.judged.measures.wanted.value).toBeCloseTo(0.5);
  const said = { budget, words, cells: CELLS, sweeps: {}, machine: 'two cores', folder: 'results' };
  expect(reportOf({ ...said, results: [mono] })).toContain(
    'Some of them have a best step by names and diversity alone.',
  );

  const report = reportOf({
    budget,
    words,
    cells: CELLS,
    results: done.cells,
    sweeps: done.sweeps,
    machine: 'two cores',
    folder: 'results',
  });
  expect(report).toContain(`**4 of ${CELLS.length} cells are finished.**`);
  expect(report).toContain('| SRPO, `clip`, 3d | 18 | 0.50 (0.45 … 0.55) | 0.45 (0.40 … 0.50) |');
  expect(report).not.toMatch(/undefined|NaN/);
  expect(curvesSvg(done.cells)).toContain('srpo.clip.mono');
});

test('a claim is decided by its cells, and says so where they are missing', () => {
  const cell = (changes: Partial<CellResult>): CellResult => ({
    ...{ id: 'x', variant: 'srpo', wanted: '3d', reward: 'clip', form: 'relative', learningRate: 1e-3, device: 'd' },
    ...{
      metrics: [{}, {}],
      curve: [],
      ungauged: null,
      shown: null,
      evaluated: [],
      bestStep: 1,
      base: judged(0),
      best: judged(0.5),
      last: judged(0.7, 0.3),
      secondsPerUpdate: 5,
    },
    ...changes,
  });
  expect(claimsOf([]).map(({ verdict }) => verdict)).toEqual(Array(6).fill('not run yet'));
  const three = ['3d', 'sketch', 'pixel'].map((wanted) => cell({ wanted }));
  const verdicts = (cells: CellResult[]) => claimsOf(cells).map(({ verdict }) => verdict);
  expect(verdicts(three)).toEqual(['holds', 'not run yet', 'holds', 'holds', 'not run yet', 'not run yet']);
  expect(verdicts([...three.slice(1), cell({ best: judged(0.3) })])[0]).toBe('does not hold');
  expect(verdicts([cell({ best: null })])[2]).toBe('does not hold');
  expect(verdicts([...three, cell({ best: null })])[2]).toBe('holds');
  expect(verdicts([...three, cell({ best: judged(0.5, 0.2) })])[2]).toBe('does not hold');
  expect(verdicts([...three, cell({ wanted: 'cartoon', best: judged(0.5, 0.2) })])[2]).toBe('holds');
  // The gauge is compared where the reward is equal, however far either goes after that.
  const point = (step: number, reward: number, gauge: number) => {
    const { measures, differences } = judged(0, 0, gauge);
    return { step, judged: { measures: { ...measures, 'reward.preference.wanted': exact(reward) }, differences } };
  };
  const evaluated = [point(0, 0.1, 0), point(4, 0.3, 0.1), point(8, 0.5, 2)];
  const refl = (reward: number, gauge: number) =>
    cell({ variant: 'refl', reward: 'preference', evaluated: [point(0, 0.1, 0), point(8, reward, gauge)] });
  const vivid = (baseline: CellResult) => verdicts([...three, cell({ reward: 'preference', evaluated }), baseline]);
  expect(vivid(refl(0.3, 0.4)).slice(1, 5)).toEqual(['holds', 'holds', 'holds', 'holds']);
  expect(vivid(refl(0.4, 0.4))[4]).toBe('does not hold');
  // What only one of them reaches is compared where the other's reward ends.
  expect(vivid(refl(0.9, 9))[4]).toBe('holds');
  expect(vivid(refl(0.9, 1))[4]).toBe('does not hold');
  const offline = cell({ variant: 'srpo-offline', best: judged(0.45), secondsPerUpdate: 2 });
  expect(verdicts([...three, offline])[5]).toBe('holds');
  expect(verdicts([...three, { ...offline, secondsPerUpdate: 9 }])[5]).toBe('does not hold');
});
