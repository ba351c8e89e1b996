/** @file The runs whose charts can be laid over each other: the one on the page, the Library's, the recorded one. */
import { runsOf } from './compare-plan';
import { sideOptions } from './compare-sides';
import { type ComparedRun, MOST_RUNS } from './overlay';
import { judgedOf, type RunView } from './run-view';
import type { StudioState } from './store';

export const RECORDED = 'recorded';

const ofView = (id: string, { name, run, metrics, samples }: RunView): ComparedRun => ({
  id,
  name,
  run,
  metrics,
  judged: judgedOf(samples),
});

type Compared = Pick<StudioState, 'live' | 'recording' | 'compare' | 'fields'>;

/** Every run there is, by its id and name. */
export function comparableRuns({
  live,
  recording,
  compare,
}: Omit<Compared, 'fields'>): { id: string; label: string }[] {
  const here = live?.runId && live.metrics.length > 0 ? [{ id: live.runId, label: `“${live.name}”, on the page` }] : [];
  const stored = runsOf(sideOptions({ live, compare })).filter(({ id }) => id !== live?.runId);
  const recorded = recording ? [{ id: RECORDED, label: `“${recording.name}”, recorded` }] : [];
  return [...here, ...stored, ...recorded];
}

/** The ids of those that are shown: the chosen ones that are there, else the first two. */
export function shownRuns(state: Compared): string[] {
  const there = comparableRuns(state).map(({ id }) => id);
  const chosen = state.fields.compareRuns.filter((id) => there.includes(id)).slice(0, MOST_RUNS);
  return chosen.length > 0 ? chosen : there.slice(0, 2);
}

/** The runs that are shown, as far as they have been read. */
export function comparedRuns(state: Compared): ComparedRun[] {
  const { live, recording, compare } = state;
  return shownRuns(state).flatMap((id) => {
    if (live?.runId === id) return [ofView(id, live)];
    if (id === RECORDED) return recording ? [ofView(id, recording)] : [];
    return compare.runs.find((run) => run.id === id) ?? [];
  });
}
