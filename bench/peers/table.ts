/** @file The result as a table: its cells as text, and the whole as Markdown. */
import { markdownTable, mebibytes, percent, significant } from '../table';
import { CONTENDERS, type ContenderId } from './contender';
import { bestPeer, type Cell, isMeasured, type Result, type RowResult, ratioToBest } from './result';

export const HEADER = [
  'ms (least – most)',
  ...CONTENDERS,
  'to the best peer',
  'of our best matmul',
  'dispatches',
  'MiB moved / least',
  'peak MiB',
] as const;

/** The cells of a row under `HEADER`. Reasons for a dash are numbered by `note`. */
export function cellsOf(row: RowResult, note: (why: string) => string): string[] {
  const { counted } = row;
  return [
    row.label,
    ...CONTENDERS.map((id) => cellText(row.cells[id], note)),
    ratioText(row),
    row.share === null ? '–' : percent(row.share),
    counted ? String(counted.dispatches) : '–',
    counted ? `${mebibytes(counted.bytes)} / ${mebibytes(counted.leastBytes)}` : '–',
    counted ? mebibytes(counted.peakBytes) : '–',
  ];
}

function cellText(cell: Cell | undefined, note: (why: string) => string): string {
  if (isMeasured(cell)) return `${significant(cell.median)} (${significant(cell.least)} – ${significant(cell.most)})`;
  return `–${note(cell?.why ?? 'not measured in this run')}`;
}

/** `2.1 × as fast`, or who is faster and by how much. */
function ratioText(row: RowResult): string {
  const ratio = ratioToBest(row);
  if (ratio === null) return '–';
  return ratio >= 1 ? `${significant(ratio)}×` : `${significant(ratio)}×: ${bestPeer(row)?.id} is faster`;
}

/** Numbers reasons as they come; the same reason has one number. */
export function notes(): { note(why: string): string; list: string[] } {
  const list: string[] = [];
  return {
    list,
    note(why) {
      if (!list.includes(why)) list.push(why);
      return `[${list.indexOf(why) + 1}]`;
    },
  };
}

/** Everything as Markdown: the adapter, the table, the reasons under it. */
export function markdownOf(result: Result): string {
  const { note, list } = notes();
  const rows = result.rows.map((row) => cellsOf(row, (why) => ` ${note(why)}`));
  const versions = Object.entries(result.versions)
    .filter(([id]) => id !== 'ours')
    .map(([id, version]) => `${id} ${version}`);
  const best =
    result.bestMatmul === null ? '' : ` Our best matmul of this run: ${significant(result.bestMatmul)} GFLOP/s.`;
  return [
    `**${result.adapter}**, ${result.where}, ${result.date.slice(0, 10)}; ${versions.join(', ')}.${best}\n`,
    markdownTable(HEADER, rows),
    list.map((why, i) => `[${i + 1}] ${why}\n`).join('\n'),
  ].join('\n');
}

/** The fastest at a row, for whom it is written out. */
export function fastest(row: RowResult): ContenderId | null {
  const measured = CONTENDERS.filter((id) => isMeasured(row.cells[id]));
  const medianOf = (id: ContenderId) => (row.cells[id] as { median: number }).median;
  return measured.length > 0 ? measured.reduce((a, b) => (medianOf(b) < medianOf(a) ? b : a)) : null;
}
