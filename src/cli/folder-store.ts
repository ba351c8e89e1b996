/**
 * @file Where `align` leaves a run: in its folder, the snapshot last, so that a process killed in between repeats the
 * update and writes the same bytes again.
 */
import type { FloatPicture } from '../align/picture';
import type { Judged, Progress, RunStore } from '../align/run';
import { loraExport } from '../align/trainer';
import type { JudgedGrid } from '../formats/judged';
import type { RunFile } from '../formats/run-file';
import type { LoraLayout } from '../lora/layout';
import { writeLora } from '../lora/write';
import type { RunFolder } from './run-folder';
import { sampleGridPng } from './sheets';

export class FolderStore implements RunStore {
  #judged: JudgedGrid[];

  constructor(
    private readonly folder: RunFolder,
    private readonly run: RunFile,
    private readonly layout: LoraLayout,
    private readonly baseHash: string,
    /** The graphics adapter it is computed on. */
    private readonly device: string,
  ) {
    this.#judged = folder.readJudged();
  }

  get judged(): readonly JudgedGrid[] {
    return this.#judged;
  }

  async save({ state, metrics, keep }: Progress): Promise<void> {
    const { folder, run, baseHash, device } = this;
    if (metrics) folder.appendMetrics(metrics);
    if (keep) folder.write(folder.keptLora(state.step), this.lora(state));
    folder.writeSnapshot({ state, steps: run.steps, baseHash, device });
  }

  hasSamples(step: number): boolean {
    return this.folder.has(this.folder.sample(step));
  }

  async saveSamples(step: number, pictures: FloatPicture[], judged: Judged | null): Promise<void> {
    if (judged) {
      this.folder.writeJudged(judged);
      this.#judged = [...this.#judged.filter((grid) => grid.step < step), judged.grid];
    }
    // Last: the grid's being there says that the rest is.
    const grid = sampleGridPng([{ label: `step ${step}`, pictures }], this.run.samples.prompts);
    this.folder.write(this.folder.sample(step), grid);
  }

  /** The LoRA of a state, as it is exported. */
  lora({ parameters, step }: { parameters: Float32Array; step: number }): Uint8Array {
    return writeLora(loraExport(this.run, this.layout, parameters, step, this.baseHash));
  }
}
