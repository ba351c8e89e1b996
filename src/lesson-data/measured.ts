/** @file What docs/METHODS.md says an update takes of the methods that a lesson compares. */

/** Names in the table there, and in the lesson. */
const LABELS: Record<string, string> = {
  draft: 'DRaFT-1',
  'draft k 2': 'DRaFT-2',
  'draft k 4': 'DRaFT-4',
  'draft k 8': 'DRaFT-8',
  'direct-align': 'Direct-Align',
  'direct-align from pictures': 'Direct-Align, own pictures',
};

export interface Measured {
  rows: { label: string; seconds: number; mebibytes: number }[];
}

/** @param markdown of docs/METHODS.md  @throws where a method has no row */
export function measuredIn(markdown: string): Measured {
  const lines = markdown.split('\n').filter((line) => line.startsWith('|'));
  const cells = (line: string) =>
    line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim());
  const head = lines.findIndex((line) => line.startsWith('| method | seconds'));
  const names = cells(lines[head]);
  const rows = Object.entries(LABELS).map(([name, label]) => {
    const row = lines.find((line) => line.startsWith(`| ${name} |`));
    if (head < 0 || !row) throw new Error(`docs/METHODS.md has no row ${name}`);
    return { label, seconds: Number(cells(row)[1]), mebibytes: Number(cells(row)[names.indexOf('peak MiB')]) };
  });
  return { rows };
}
