/** @file The LoRA behind a `LoraRef`, as the bytes of its file. */
import { loraExport } from '../align/trainer';
import { UserError } from '../errors';
import { LoraLayout } from '../lora/layout';
import { writeLora } from '../lora/write';
import { getLora, missingLora } from '../storage/loras';
import type { RunRecord, SnapshotRecord } from '../storage/records';
import { getRun, missingRun } from '../storage/runs';
import { getKeptLora, getSnapshot, keptSteps } from '../storage/snapshots';
import type { LoraRef } from './protocol';

export interface FoundLora {
  /** What to call it in a sentence and in the name of a file. */
  name: string;
  bytes: Uint8Array<ArrayBuffer>;
  /** Updates behind it, null where that is unknown. */
  step: number | null;
}

/**
 * Finds a LoRA; null is the base, which a run before its first update still is.
 * @throws UserError for a LoRA, run or step that is not kept
 */
export async function findLora(ref: LoraRef): Promise<FoundLora | null> {
  switch (ref.kind) {
    case 'base':
      return null;
    case 'file':
      return { name: ref.name, bytes: new Uint8Array(ref.bytes), step: null };
    case 'stored': {
      const record = await getLora(ref.loraId);
      if (!record) throw missingLora();
      return { name: record.name, bytes: record.file, step: record.step };
    }
    case 'run':
      return loraOfRun(ref.runId, ref.step);
  }
}

async function loraOfRun(runId: string, step: number | undefined): Promise<FoundLora | null> {
  if (step === 0) return null;
  const run = await getRun(runId);
  if (!run) throw missingRun();
  const snapshot = await getSnapshot(runId);
  if (snapshot && (step === undefined || step === snapshot.step)) {
    if (snapshot.step === 0) return null;
    return { name: run.name, bytes: loraFile(run, snapshot), step: snapshot.step };
  }
  const kept = step === undefined ? undefined : await getKeptLora(runId, step);
  if (!kept) {
    const there = [...(await keptSteps(runId)), ...(snapshot ? [snapshot.step] : [])];
    const steps = [...new Set(there)].sort((a, b) => a - b);
    throw new UserError(
      `No LoRA of step ${step} of “${run.name}” is kept; there ${steps.length === 1 ? 'is' : 'are'} ${steps.join(', ') || 'none'}.`,
    );
  }
  return { name: run.name, bytes: kept.file, step: kept.step };
}

/** The LoRA of a snapshot, as it is exported. */
export function loraFile(
  { run, baseHash, wordChanges }: Pick<RunRecord, 'run' | 'baseHash' | 'wordChanges'>,
  { linears, parameters, step }: Pick<SnapshotRecord, 'linears' | 'parameters' | 'step'>,
): Uint8Array<ArrayBuffer> {
  const layout = new LoraLayout(run.lora.rank, run.lora.alpha, linears);
  if (layout.count !== parameters.length) {
    throw new UserError(
      `The stored snapshot is damaged: it has ${parameters.length} parameters, expected ${layout.count}.`,
    );
  }
  // A change of words after the last update has trained nothing yet.
  const changes = wordChanges.filter((change) => change.step < step);
  return writeLora({ ...loraExport(run, layout, parameters, step, baseHash), wordChanges: changes });
}
