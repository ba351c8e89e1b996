/** @file Which charts a run has: the common ones, and the columns that its method adds. */
import type { JudgedGrid } from '../../formats/judged';
import { type Metrics, numberOf } from '../../formats/metrics';
import { methodOf } from './methods';

export interface Series {
  label: string;
  /** CSS custom property of its colour: `--pos`. */
  color: string;
  dashed?: boolean;
  /** Its dashes, where there are more than one kind. */
  dash?: number[];
  /** A letter before its numbers. */
  short?: string;
  /** One an update; null where there is none. */
  values: (number | null)[];
}

export interface Charted {
  title: string;
  series: Series[];
  /** Steps of its values, where they are not those of every update. */
  steps?: number[];
  /** Whether a logarithmic scale may be asked for. */
  canBeLog: boolean;
}

/** Series of one chart differ by colour and by their lines. */
const LOOKS: Pick<Series, 'color' | 'dashed'>[] = [
  { color: '--pos' },
  { color: '--neg', dashed: true },
  { color: '--accent' },
  { color: '--dim', dashed: true },
];

/** What is drawn of what the judge says of the samples. */
const JUDGED = [
  { column: 'wanted', label: 'wanted style' },
  { column: 'namedRight', label: 'named right' },
  { column: 'quality', label: 'quality' },
  { column: 'diversity', label: 'diversity' },
] as const;

/** `denoise branch` of `reward, denoise branch` in the chart of rewards. */
const within = (title: string, label: string) => {
  const [first, ...rest] = label.split(', ');
  return first.toLowerCase() === title.toLowerCase() && rest.length > 0 ? rest.join(', ') : label;
};

/** The charts of a run of this method, in the order of their importance; columns without a number are left out. */
export function chartsOf(method: string, metrics: readonly Metrics[], judged: readonly JudgedGrid[] = []): Charted[] {
  const values = (column: string) => metrics.map((line) => numberOf(line, column));
  const columns = methodOf(method).metrics.filter(({ name }) => values(name).some((value) => value !== null));
  const chart = (title: string, kind: string, common: string, canBeLog: boolean): Charted => {
    const own = columns.filter((column) => column.chart === kind);
    const shown = own.length > 0 ? own : [{ name: common, label: common }];
    const series = shown.map(({ name, label }, i) => ({
      ...LOOKS[i % LOOKS.length],
      label: within(title, label),
      values: values(name),
    }));
    return { title, series, canBeLog };
  };
  const single = (title: string, label: string, column: string, color: string, canBeLog: boolean): Charted => ({
    title,
    series: [{ label, color, values: values(column) }],
    canBeLog,
  });
  /** A chart for each of the method's columns of this kind. */
  const ofItsOwn = (kind: string) =>
    columns
      .filter((column) => column.chart === kind)
      .map(({ name, label, unit }) =>
        single(`${label[0].toUpperCase()}${label.slice(1)}${unit ? `, ${unit}` : ''}`, label, name, '--accent', false),
      );
  const grids: Charted = {
    title: 'Samples, judged',
    steps: judged.map(({ step }) => step),
    series: JUDGED.map(({ column, label }, i) => ({ ...LOOKS[i], label, values: judged.map((grid) => grid[column]) })),
    canBeLog: false,
  };
  return [
    ...(judged.length > 0 ? [grids] : []),
    chart('Reward', 'reward', 'reward', false),
    chart('Loss', 'loss', 'loss', true),
    ...ofItsOwn('own'),
    single('Gradient norm', 'gradient norm', 'gradNorm', '--accent', true),
    ...ofItsOwn('level'),
    single('Saturation by step', 'saturation', 'saturation', '--dim', false),
  ];
}
