/** @file The adapter behind an `AdapterRef`, as the bytes of its file. */
import { UserError } from '../errors';
import { AdapterLayout, factorsByLinear } from '../lora/adapter';
import { writeAdapter } from '../lora/adapter-file';
import { getAdapter, missingAdapter } from '../storage/adapters';
import { getRun, missingRun } from '../storage/runs';
import { getKeptAdapter, getSnapshot } from '../storage/snapshots';
import type { RunRecord, SnapshotRecord } from '../storage/types';
import type { AdapterRef } from './protocol';

export interface FoundAdapter {
  /** What to call it in a sentence and in the name of a file. */
  name: string;
  bytes: Uint8Array<ArrayBuffer>;
  /** Updates behind it, null where that is unknown. */
  step: number | null;
}

/**
 * Finds an adapter; null is the base, which a run before its first update still is.
 * @throws UserError for an adapter, run or step that is not kept
 */
export async function findAdapter(ref: AdapterRef): Promise<FoundAdapter | null> {
  switch (ref.kind) {
    case 'base':
      return null;
    case 'file':
      return { name: ref.name, bytes: new Uint8Array(ref.bytes), step: null };
    case 'stored': {
      const record = await getAdapter(ref.adapterId);
      if (!record) throw missingAdapter();
      return { name: record.name, bytes: record.file, step: record.step };
    }
    case 'run':
      return adapterOfRun(ref.runId, ref.step);
  }
}

async function adapterOfRun(runId: string, step: number | undefined): Promise<FoundAdapter | null> {
  if (step === 0) return null;
  const run = await getRun(runId);
  if (!run) throw missingRun();
  const snapshot = await getSnapshot(runId);
  if (snapshot && (step === undefined || step === snapshot.step)) {
    if (snapshot.step === 0) return null;
    return { name: run.name, bytes: adapterFile(run, snapshot), step: snapshot.step };
  }
  const kept = step === undefined ? undefined : await getKeptAdapter(runId, step);
  if (!kept) {
    const steps = [...new Set([...run.keptSteps, ...(snapshot ? [snapshot.step] : [])])].sort((a, b) => a - b);
    throw new UserError(
      `No adapter of step ${step} of “${run.name}” is kept; there ${steps.length === 1 ? 'is' : 'are'} ${steps.join(', ') || 'none'}.`,
    );
  }
  return { name: run.name, bytes: kept.file, step: kept.step };
}

/** The adapter of a snapshot, as it is exported. */
export function adapterFile(
  { run, baseHash }: Pick<RunRecord, 'run' | 'baseHash'>,
  { linears, parameters, step }: Pick<SnapshotRecord, 'linears' | 'parameters' | 'step'>,
): Uint8Array<ArrayBuffer> {
  const layout = new AdapterLayout(run.lora.rank, run.lora.alpha, linears);
  if (layout.count !== parameters.length) {
    throw new UserError(
      `The stored snapshot is damaged: it has ${parameters.length} parameters, expected ${layout.count}.`,
    );
  }
  return writeAdapter({ tensors: factorsByLinear(layout, parameters), run, baseHash, step });
}
