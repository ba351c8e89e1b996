/** @file The settings in which several runs differ, as rows of a table. */
import { canonicalJson, type RunFile } from '../../formats/run-file';
import { FIELD_NAMES, FIELDS, type Fields, labelOfField } from './fields';
import { methodOf } from './methods';
import { fieldsOfRun } from './run-of-fields';

export interface DifferingSetting {
  label: string;
  /** One a run, as the page writes it; '–' where it has no such setting. */
  values: string[];
}

/** Entries of a list that are written out. */
const LISTED = 8;

function written(name: keyof Fields, value: unknown): string {
  if (Array.isArray(value) && value.every((entry) => typeof entry === 'string')) {
    const more = value.length - LISTED;
    return `${value.slice(0, LISTED).join(', ')}${more > 0 ? ` and ${more} more` : ''}` || '–';
  }
  return (FIELDS[name].codec as { write(value: unknown): string }).write(value) || '–';
}

/** Samples have prompts and a seed, too. */
const labelOf = (name: keyof Fields) =>
  FIELDS[name].setting?.group === 'Samples' ? `Samples: ${labelOfField(name).toLowerCase()}` : labelOfField(name);

/** What a run is made with: by label, what it is exactly and how it is written. */
function settingsOf(run: RunFile): Map<string, { exact: string; text: string }> {
  const fields = fieldsOfRun(run);
  const method = methodOf(run.method);
  const settings = new Map<string, { exact: string; text: string }>();
  for (const name of FIELD_NAMES) {
    if (!FIELDS[name].run || name === 'options' || !(name in fields)) continue;
    const text = name === 'method' ? method.label : written(name, fields[name]);
    settings.set(labelOf(name), { exact: canonicalJson(fields[name]), text });
  }
  for (const [option, { label }] of Object.entries(method.options)) {
    const exact = canonicalJson(run.options[option] ?? null);
    settings.set(label, { exact, text: exact.replaceAll('"', '') });
  }
  return settings;
}

/** Rows in the order of the settings form; none where the runs are made alike. */
export function settingsThatDiffer(runs: readonly RunFile[]): DifferingSetting[] {
  const each = runs.map(settingsOf);
  const labels = [...new Set(each.flatMap((settings) => [...settings.keys()]))];
  return labels.flatMap((label) => {
    const own = each.map((settings) => settings.get(label));
    if (new Set(own.map((setting) => setting?.exact)).size < 2) return [];
    return [{ label, values: own.map((setting) => setting?.text ?? '–') }];
  });
}
