/** @file The comparison on one adapter: opens everybody, measures the rows one after another. */
import type { Pipeline } from '../../src/align/pipeline';
import { Gpu } from '../../src/gpu/gpu';
import type { Tuner } from '../../src/gpu/tuner';
import type { Contender, ContenderId, PeerId } from './contender';
import { Measurement, type MeasureOptions, reasonOf } from './measure';
import { ours } from './ours';
import { isMeasured, type Result, type RowResult } from './result';
import type { Row } from './work';

export interface RunRequest {
  gpu: GPU;
  /** The browser, or Node. */
  where: string;
  /** The rows, once it is known what kind of adapter there is. */
  rows(software: boolean): readonly Row[];
  /** In the order of the columns; each opens its library or says why not. */
  peers: readonly { id: PeerId; open(): Promise<Contender> }[];
  /** Kernels that were chosen on this adapter before. */
  tunerFor(gpu: Gpu): Promise<Tuner> | Tuner;
  openPipeline(gpu: Gpu, tuner: Tuner): Promise<Pipeline>;
  options: MeasureOptions;
  /** After each row; `result` holds all that is there so far. */
  onRow(row: RowResult, result: Result): void;
}

/** @throws UserError where there is no adapter */
export async function runComparison(request: RunRequest): Promise<Result> {
  const { options } = request;
  const gpu = await Gpu.open(request.gpu);
  const { name, vendor, architecture, features, software } = gpu.description;
  const rows = request.rows(software);
  const tuner = await request.tunerFor(gpu);
  let pipeline: Promise<Pipeline> | undefined;
  const openPipeline = () => {
    pipeline ??= request.openPipeline(gpu, tuner);
    return pipeline;
  };
  const peers: Contender[] = [];
  const missing: Partial<Record<ContenderId, string>> = {};
  for (const { id, open } of rows.some(({ work }) => work.kind !== 'model') ? request.peers : []) {
    options.onProgress(`opening ${id}`);
    try {
      peers.push(await open());
    } catch (error) {
      missing[id] = reasonOf(error);
    }
  }
  const own = ours(gpu, tuner, openPipeline);
  const result: Result = {
    ...{ adapter: name, vendor, architecture, features, software },
    where: request.where,
    date: new Date().toISOString(),
    versions: Object.fromEntries([own, ...peers].map(({ id, version }) => [id, version])),
    bestMatmul: null,
    rows: [],
  };
  const measurement = new Measurement(own, peers, missing, options);
  for (const row of rows) {
    const measured = await measurement.row(row);
    result.rows.push(measured);
    result.bestMatmul = measurement.bestMatmul;
    // A later matmul may be the best.
    for (const one of result.rows) {
      const { ours: time } = one.cells;
      if (one.id.startsWith('matmul') && isMeasured(time))
        one.share = one.gflop / (time.median / 1000) / result.bestMatmul!;
    }
    request.onRow(measured, result);
  }
  measurement.destroy();
  gpu.destroy();
  return result;
}
