/** @file The run that a closed or crashed tab left unfinished. */
import type { RunRecord } from '../../storage/records';
import { getState, useStudio } from '../state/store';

/** Offers the run that a closed or crashed tab left unfinished; one that another tab trains is none. */
export async function offerUnfinished(): Promise<void> {
  const [{ getRun, listRuns }, { whenFree }] = await Promise.all([
    import('../../storage/runs'),
    import('../../storage/locks'),
  ]);
  const isUnfinished = (run: RunRecord | undefined) => run?.state === 'paused' && run.deletedAt === undefined;
  const [newest] = (await listRuns()).filter(isUnfinished).sort((a, b) => b.updatedAt - a.updatedAt);
  if (!newest) return;
  await whenFree(newest.id);
  const now = await getRun(newest.id);
  if (!now || !isUnfinished(now) || getState().live) return;
  const { id, name, step, run } = now;
  useStudio.setState({ unfinished: { id, name, step, steps: run.steps } });
}
