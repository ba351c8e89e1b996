/** @file Runs of the Library with their numbers, for charts over each other. */
import type { ComparedRun } from '../state/overlay';
import { getState, setCompare } from '../state/store';

/** Reads the runs of these ids that are not there yet; one that is gone is passed over. */
export async function readRuns(ids: readonly string[]): Promise<void> {
  const missing = ids.filter((id) => !getState().compare.runs.some((run) => run.id === id));
  if (missing.length === 0) return;
  const [{ getRun }, { listMetrics }, { listSamples }] = await Promise.all([
    import('../../storage/runs'),
    import('../../storage/metrics'),
    import('../../storage/samples'),
  ]);
  const read = await Promise.all(
    missing.map(async (id): Promise<ComparedRun[]> => {
      const record = await getRun(id);
      if (!record) return [];
      const [metrics, samples] = await Promise.all([listMetrics(record), listSamples(id)]);
      const judged = samples.flatMap((sample) => sample.judged ?? []).sort((a, b) => a.step - b.step);
      return [{ id, name: record.name, run: record.run, metrics, judged }];
    }),
  );
  const { runs } = getState().compare;
  const added = read.flat().filter(({ id }) => !runs.some((run) => run.id === id));
  if (added.length > 0) setCompare({ runs: [...runs, ...added] });
}
