/** @file An evaluation as a Markdown table, which is also what the program prints. */
import type { Evaluation, MeasuredInterval } from '../formats/evaluation';
import { escapeText } from '../shown';
import { type Measure, measuresOf } from './measures';

/** The measures that an evaluation holds, in the order of a table. */
export function shownMeasures({ judge, sides, words }: Evaluation): Measure[] {
  const names = Object.keys(sides[0].measures);
  const styles = names.flatMap((name) => (name.startsWith('style.') ? [name.slice('style.'.length)] : []));
  const rewards = names.flatMap((name) => /^reward\.(.*)\.prompt$/.exec(name)?.[1] ?? []);
  const readsText = (reward: string) => !words || names.includes(`reward.${reward}.wanted`);
  const all = measuresOf(
    judge ? styles : null,
    rewards.map((name) => ({ name, readsText: readsText(name) })),
    words !== null,
  );
  return all.filter(({ name }) => sides.some(({ measures }) => measures[name]));
}

/** A measure as a table writes it, its interval in brackets. */
export function cell({ share }: Measure, interval: MeasuredInterval | null | undefined, signed = false): string {
  if (!interval) return '–';
  const one = (value: number) => {
    const text = (share ? (value * 100).toFixed(0) : value.toFixed(3)).replace(/^-(?=0(\.0+)?$)/, '');
    return signed && Number(text) > 0 ? `+${text}` : text;
  };
  const { value, low, high } = interval;
  return `${one(value)}${share ? ' %' : ''} (${one(low)} … ${one(high)})`;
}

/** Sentences before the table: what was drawn, what was wanted, what could not be measured. */
export function notes(evaluation: Evaluation): string[] {
  const { base, prompts, seeds, steps, guidance, words, wantedStyles, judge, resamples } = evaluation;
  const quotedList = (list: readonly string[]) => list.map((word) => `“${escapeText(word)}”`).join(', ');
  const lines = [
    `Base ${base.name} ${base.version}, ${prompts.length} ${prompts.length === 1 ? 'prompt' : 'prompts'} × ${seeds} ${seeds === 1 ? 'seed' : 'seeds'}, ${steps} steps, guidance ${guidance}.`,
    words
      ? `Wanted: ${quotedList(words.positive)}; unwanted: ${quotedList(words.negative)}.`
      : 'No control words are known: give --run, or a LoRA that holds its run file.',
  ];
  if (!judge) {
    lines.push(`Bundle ${base.name} has no judge: styles, things, quality and the hacking gauge are not measured.`);
  } else if (words) {
    lines.push(
      wantedStyles.length
        ? `Wanted style of the judge: ${wantedStyles.join(' + ')}.`
        : 'The judge knows no style by the wanted words: their share and the hacking gauge are not measured.',
    );
  }
  lines.push(`In brackets the 95 % interval of ${resamples} resamples of the prompts.`);
  return lines;
}

/** evaluation.md. */
export function markdown(evaluation: Evaluation): string {
  const [base, ...loras] = evaluation.sides;
  const text = (name: string) => escapeText(name).replaceAll('|', '\\|');
  const head = ['', text(base.name), ...loras.flatMap(({ name }) => [text(name), 'less base'])];
  const rows = shownMeasures(evaluation).map((measure) => [
    measure.label,
    cell(measure, base.measures[measure.name]),
    ...loras.flatMap(({ measures, difference }) => [
      cell(measure, measures[measure.name]),
      cell(measure, difference?.[measure.name], true),
    ]),
  ]);
  // Columns of one width, so that it can be read as plain text too.
  const widths = head.map((_, i) => Math.max(3, ...[head, ...rows].map((row) => row[i].length)));
  const line = (row: readonly string[]) => `| ${row.map((entry, i) => entry.padEnd(widths[i])).join(' | ')} |`;
  const rule = `|${widths.map((width) => '-'.repeat(width + 2)).join('|')}|`;
  return `${notes(evaluation).join('\n')}\n\n${[line(head), rule, ...rows.map(line)].join('\n')}\n`;
}
