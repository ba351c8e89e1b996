/**
 * @file A base bundle opened for work: its model, its text encoder and a device that draws and trains with it.
 */
import { openModel, Pipeline } from '../align/pipeline';
import { Trainer } from '../align/trainer';
import { Gpu } from '../gpu/gpu';
import { Tuner } from '../gpu/tuner';
import { factorsFromFile, layoutOf, layoutOfFile } from '../lora/layout';
import { atStrength, readLora } from '../lora/lora-file';
import type { Bundle } from '../models/bundle';
import { createTextEncoder, type TextEncoder } from '../models/text-encoder';
import { loadTuning, saveTuning } from '../storage/tuning';
import { Artist, batchRows, type PicturesOf, TIMELINE_SIGMAS, type TimelineRequest } from './artist';
import { Device, type DeviceEvents, type OnDevice } from './device';
import type { FoundLora } from './lora-of';
import type { GpuInfo, Picture, Timeline } from './protocol';
import type { FrameRequest, SessionDeps, SessionTrainer } from './session';

export interface EngineOptions extends DeviceEvents {
  /** `navigator.gpu`, or Dawn in Node. */
  gpu: GPU;
  /** Where the browser finds onnxruntime's WebAssembly; Node finds it by itself. */
  wasmUrl?: string;
  onWarning(message: string): void;
  onTuning(done: number, total: number): void;
}

/** What is on the device, built again after a loss. */
interface Open extends OnDevice {
  gpu: Gpu;
  pipeline: Pipeline;
  /** Artists of the base, of the LoRA that drew last and of the run that trains. */
  base: Artist | null;
  last: { key: string; artist: Artist } | null;
  training: { trainer: SessionTrainer; artist: Artist } | null;
}

/** Between two pieces of a drawing; throwing ends it. */
type OnProgress = (done: number, total: number) => void;

export class Engine {
  /** Where warnings go while one request is drawing; else to the options' `onWarning`. */
  #warnings: string[] | null = null;
  readonly #device: Device<Open>;

  private constructor(
    private readonly model: Pipeline['model'],
    private readonly text: TextEncoder,
    private readonly options: EngineOptions,
  ) {
    this.#device = new Device(() => this.#open(), options);
  }

  /**
   * Opens a bundle whose files are here, and the device.
   * @throws UserError for a bundle that cannot be read, and where there is no LoRA
   */
  static async open(bundle: Bundle, options: EngineOptions): Promise<Engine> {
    const model = await openModel(bundle);
    const text = await createTextEncoder({
      ...(await bundle.readTextEncoder()),
      maxLength: bundle.maxTextTokens,
      hidden: bundle.transformer.joint_attention_dim,
      wasmUrl: options.wasmUrl,
    });
    const engine = new Engine(model, text, options);
    await engine.#device.use(async () => {});
    return engine;
  }

  get gpuInfo(): GpuInfo {
    const { description } = this.#device.current!.gpu;
    return {
      name: description.name,
      software: description.software,
      features: description.features,
      memoryBytes: this.memoryBytes,
    };
  }

  /** Bytes in buffers on the device now. */
  get memoryBytes(): number {
    return this.#device.current?.gpu.memory.bytes ?? 0;
  }

  /** What training needs of this engine. */
  sessionDeps(rest: Pick<SessionDeps, 'baseHash' | 'lock' | 'emit'>): SessionDeps {
    return {
      ...rest,
      linearsOf: (run) => {
        const { linears } = layoutOf(run, this.model.linears);
        return this.model.linears
          .filter((l) => linears.has(l.name))
          .map(({ name, in: i, out }) => ({ name, in: i, out }));
      },
      use: (job) => this.#device.use((open) => job(open.pipeline)),
      createTrainer: (pipeline, run, options) => Trainer.create(pipeline, run, options),
      drawFrame: (_, trainer, request, onProgress) => this.#frame(trainer, request, onProgress),
      memoryBytes: () => this.memoryBytes,
    };
  }

  /**
   * Draws pictures, a batch at a time, so that training goes on in between.
   * @returns the pictures, prompts outermost, and a sentence for each prompt that was cut
   */
  async generate(
    lora: FoundLora | null,
    strength: number,
    of: PicturesOf,
    onProgress: OnProgress,
  ): Promise<{ pictures: Picture[]; warnings: string[] }> {
    const total = of.prompts.length * of.seeds.length;
    const pictures: Picture[] = [];
    const warnings: string[] = [];
    while (pictures.length < total) {
      const first = pictures.length;
      const batch = await this.#device.use(async (open) => {
        this.#warnings = warnings;
        try {
          const artist = this.#artistOf(open, lora, strength);
          return await artist.pictures(of, first, (done, steps) => {
            const batches = Math.ceil(total / batchRows(total));
            onProgress(Math.floor(first / batchRows(total)) * steps + done, batches * steps);
          });
        } finally {
          this.#warnings = null;
        }
      });
      pictures.push(...batch);
    }
    return { pictures, warnings: [...new Set(warnings)] };
  }

  timeline(lora: FoundLora | null, request: TimelineRequest, onProgress: OnProgress): Promise<Timeline> {
    return this.#device.use(async (open) => {
      const artist = this.#artistOf(open, lora, 1);
      return (await artist.timeline(request, onProgress)).timeline;
    });
  }

  /** Tests: loses the device as a crashed driver would. */
  destroyDevice(): void {
    this.#device.destroy();
  }

  close(): void {
    this.#device.close();
    void this.text.dispose();
  }

  async #open(): Promise<Open> {
    const gpu = await Gpu.open(this.options.gpu);
    const table = await loadTuning(gpu.key);
    let timer: ReturnType<typeof setTimeout> | undefined;
    const tuner = new Tuner(table, true, () => {
      clearTimeout(timer);
      // A table that cannot be stored is measured again next time.
      timer = setTimeout(() => void saveTuning(gpu.key, table).catch(() => {}), 500);
    });
    const warn = (message: string) =>
      this.#warnings ? void this.#warnings.push(message) : this.options.onWarning(message);
    const pipeline = new Pipeline(gpu, this.model, this.text, tuner, warn, this.options.onTuning);
    return { gpu, pipeline, base: null, last: null, training: null };
  }

  /** An artist with the LoRA's numbers, B times `strength`; programs of the last LoRA serve one of its shape. */
  #artistOf(open: Open, lora: FoundLora | null, strength: number): Artist {
    const { pipeline, gpu } = open;
    if (!lora) {
      open.base ??= new Artist(pipeline, null);
      return open.base;
    }
    const { name } = lora;
    const { file } = atStrength({ file: readLora(lora.bytes, name), name }, strength);
    const layout = layoutOfFile(file, this.model.linears, name);
    const factors = factorsFromFile(layout, file, name);
    const key = JSON.stringify([layout.rank, ...layout.linears]);
    if (open.last?.key !== key) {
      open.last?.artist.destroy();
      open.last?.artist.lora?.parameters.destroy();
      const parameters = gpu.buffer(factors.byteLength, 'LoRA');
      open.last = { key, artist: new Artist(pipeline, { layout, parameters }) };
    }
    const { artist } = open.last;
    gpu.write(artist.lora!.parameters, factors);
    return artist;
  }

  #frame(trainer: SessionTrainer, request: FrameRequest, onProgress: () => void) {
    const open = this.#device.current!;
    if (open.training?.trainer !== trainer) {
      open.training?.artist.destroy();
      open.training = { trainer, artist: new Artist(open.pipeline, trainer.lora) };
    }
    const { run, step, picture, words, todaySigma } = request;
    return open.training.artist.timeline(
      {
        run,
        prompt: picture?.prompt ?? run.prompts[0],
        seed: run.seed,
        sigmas: TIMELINE_SIGMAS,
        positive: words.positive,
        negative: words.negative,
        step,
        todaySigma,
        given: picture,
      },
      onProgress,
    );
  }
}
