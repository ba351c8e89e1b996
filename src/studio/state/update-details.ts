/** @file What an update is told by beside its charts: its random choices, and the columns that are only listed. */
import { type Metrics, numberOf } from '../../formats/metrics';
import { methodOf } from './methods';

/** An update's random choices, as `probe --plan` takes them; null where its method leaves nothing to chance. */
export const planText = ({ plan }: Pick<Metrics, 'plan'>): string | null =>
  Object.keys(plan).length > 0 ? JSON.stringify(plan) : null;

/** The method's columns that no chart shows, by their labels; those without a number are left out. */
export function listedColumns(method: string, update: Metrics): { label: string; value: string }[] {
  return methodOf(method).metrics.flatMap(({ name, label, unit, chart }) => {
    const value = numberOf(update, name);
    if (chart !== null || value === null) return [];
    const text = Number.isInteger(value) ? String(value) : String(Number(value.toPrecision(4)));
    return [{ label, value: unit ? `${text} ${unit}` : text }];
  });
}
