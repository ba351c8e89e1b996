/** @file What the Library offers Compare: its LoRAs, and its runs with the steps that they have kept. */
import { numberOf } from '../../formats/metrics';
import { loraSide, optionsOfRun, type SideOption } from '../state/compare-sides';
import { setCompare } from '../state/store';

export async function readOffers(): Promise<void> {
  const [{ listLoras }, { listRuns }, { listMetrics }, { keptSteps }] = await Promise.all([
    import('../../storage/loras'),
    import('../../storage/runs'),
    import('../../storage/metrics'),
    import('../../storage/snapshots'),
  ]);
  const [loras, runs] = await Promise.all([listLoras(), listRuns()]);
  const ofLoras = loras
    .filter(({ deletedAt }) => deletedAt === undefined)
    .map(
      ({ id, name }): SideOption => ({
        id: loraSide(id),
        label: `LoRA “${name}”`,
        lora: { kind: 'stored', loraId: id },
        same: loraSide(id),
      }),
    );
  const ofRuns = await Promise.all(
    runs
      .filter(({ deletedAt, step }) => deletedAt === undefined && step > 0)
      .map(async (run) => {
        const { id, name, step } = run;
        const judged = (await listMetrics(run)).findLast((line) => numberOf(line, 'bestStep') !== null);
        const best = judged ? numberOf(judged, 'bestStep') : null;
        return optionsOfRun({ id, name, step, kept: await keptSteps(id), best, isHere: false });
      }),
  );
  // Their charts are read again when they are next looked at.
  setCompare({ offered: [...ofLoras, ...ofRuns.flat()], runs: [] });
}
