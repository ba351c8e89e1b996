/** @file What a new run is called in the Library, as no other run is. */
import type { RunFile } from '../../formats/run-file';
import { unlike } from '../../storage/names';

/** Names of the runs that are kept; none where they cannot be read. */
async function takenNames(): Promise<string[]> {
  const { listRuns } = await import('../../storage/runs');
  return listRuns().then(
    (runs) => runs.map(({ name }) => name),
    () => [],
  );
}

/** `cat face, more 3d render`, and a number where that is taken. */
export async function freeName(run: RunFile): Promise<string> {
  return unlike(`${run.prompts[0]}, more ${run.reward.positive[0]}`, await takenNames());
}
