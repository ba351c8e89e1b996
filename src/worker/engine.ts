/**
 * @file A base bundle opened for work: its model, its text encoder and a device that draws and trains with it.
 */
import { Artist, batchRows, type Drawing, type OnProgress, type TimelineRequest } from '../align/artist';
import { openModel } from '../align/model';
import { type FloatPicture, toRgba } from '../align/picture';
import { Pipeline } from '../align/pipeline';
import { type Embedded, RewardScorer } from '../align/reward-scorer';
import type { GridJudge } from '../align/run';
import { Trainer, type TrainerOptions } from '../align/trainer';
import { UserError } from '../errors';
import { measureSide } from '../evaluate/evaluation';
import { gridJudge } from '../evaluate/grid-judge';
import { withSampledWords } from '../evaluate/held-out';
import { type Judge, openJudge } from '../evaluate/judge';
import { wantedStyles } from '../evaluate/measures/styles';
import type { Subject } from '../evaluate/observe';
import { CHECK, type OnPerceiving, Perception, type PerceptionBench } from '../evaluate/perceive';
import { type MeasuredSide, reportOf } from '../evaluate/report';
import type { Evaluation } from '../formats/evaluation';
import type { PerceptionFile } from '../formats/perception';
import type { RunFile } from '../formats/run-file';
import { withPictures } from '../formats/timeline';
import { Gpu } from '../gpu/gpu';
import { knownGood } from '../gpu/known-good';
import { Tuner } from '../gpu/tuner';
import { factorsFromFile, layoutOf, layoutOfFile } from '../lora/layout';
import { atStrength, type NamedLora, readLora } from '../lora/lora-file';
import { type Bundle, baseOf, bundleHash } from '../models/bundle';
import { openText } from '../models/open-text';
import type { TextEncoder } from '../models/text-encoder';
import { WeightStore } from '../models/weights';
import { loadTuning, saveTuning } from '../storage/tuning';
import { Device, type DeviceEvents, type OnDevice } from './device';
import type { RunBase } from './library-store';
import type { FoundLora } from './lora-of';
import type { GpuInfo, Picture, Request, Timeline } from './protocol';
import type { Desk, FrameRequest, SessionTrainer, TrainingEngine } from './session';
import { openStoredPictures } from './stored-pictures';

/** Noise levels of the training picture's timeline, from much noise to little. */
const TIMELINE_SIGMAS = [0.98, 0.96, 0.9, 0.83, 0.76, 0.7, 0.6, 0.48, 0.36, 0.25, 0.15, 0.06];

/** Where the processor computes: the pictures of twelve levels would keep the first update waiting for a minute. */
const FEW_SIGMAS = [0.96, 0.9, 0.76, 0.48];

export interface EngineOptions extends DeviceEvents {
  /** `navigator.gpu`, or Dawn in Node. */
  gpu: GPU;
  /** Where the browser finds onnxruntime's WebAssembly; Node finds it by itself. */
  wasmUrl?: string;
  onWarning(message: string): void;
  onTuning(done: number, total: number): void;
  /** Bytes of the base's weights that are on the device, of those that something needs. */
  onLoad(done: number, total: number): void;
}

type JudgeRequest = Omit<Extract<Request, { type: 'judge' }>, 'type' | 'requestId'>;

/** What is on the device, built again after a loss: the desk of a session, and artists. */
class OpenDesk implements Desk, OnDevice {
  readonly gpu: Gpu;
  /** Called after each kernel that was measured and each tensor that was loaded. */
  check: () => void = () => {};
  /** Artists of the base, of the LoRA that drew last and of the run that trains. */
  #base: Artist | null = null;
  #last: { key: string; artist: Artist } | null = null;
  #training: { trainer: SessionTrainer; artist: Artist } | null = null;
  #scorer: Promise<RewardScorer> | null = null;

  constructor(
    private readonly pipeline: Pipeline,
    private readonly device: Device<OpenDesk>,
    private readonly baseHash: string,
  ) {
    this.gpu = pipeline.gpu;
  }

  away<T>(waiting: Promise<T>): Promise<T> {
    return this.device.away(this, waiting);
  }

  /** Does a job that `check`, by throwing, ends between two kernels that are measured. */
  async checked<T>(check: () => void, job: () => Promise<T>): Promise<T> {
    this.check = check;
    try {
      return await job();
    } finally {
      this.check = () => {};
    }
  }

  createTrainer(run: RunFile, options: TrainerOptions, check: () => void): Promise<SessionTrainer> {
    return this.checked(check, () => this.#createTrainer(run, options));
  }

  async #createTrainer(run: RunFile, options: TrainerOptions): Promise<SessionTrainer> {
    const { pipeline, baseHash } = this;
    const encoded = (done: number, total: number) => options.onPhase?.('pictures', done, total);
    const pictures = run.images === null ? null : await openStoredPictures(pipeline, run.images, baseHash, encoded);
    return Trainer.create(pipeline, run, { ...options, pictures });
  }

  async drawFrame(trainer: SessionTrainer, request: FrameRequest, onProgress: OnProgress, check: () => void) {
    if (this.#training?.trainer !== trainer) {
      this.#training?.artist.destroy();
      this.#training = { trainer, artist: new Artist(this.pipeline, trainer.lora) };
    }
    const { run, step, picture, words, update } = request;
    const { artist } = this.#training;
    const drawn = await this.checked(check, () =>
      artist.timeline(
        {
          run,
          prompt: picture?.prompt ?? run.prompts[0],
          seed: run.seed,
          sigmas: this.gpu.description.software ? FEW_SIGMAS : TIMELINE_SIGMAS,
          positive: words.positive,
          negative: words.negative,
          step,
          update,
          given: picture,
        },
        onProgress,
      ),
    );
    return { timeline: withPictures(drawn.timeline, pictureOf), seconds: drawn.seconds };
  }

  /** All rewards over finished pictures, compiled when they are first asked for. */
  scorer(names: readonly string[]): Promise<RewardScorer> {
    this.#scorer ??= RewardScorer.create(this.pipeline, names);
    return this.#scorer;
  }

  /** An artist with the LoRA's numbers, B times `strength`; programs of the last LoRA serve one of its shape. */
  artistOf(lora: FoundLora | null, strength: number): Artist {
    const { pipeline, gpu } = this;
    if (!lora) {
      this.#base ??= new Artist(pipeline, null);
      return this.#base;
    }
    const { name } = lora;
    const scaled = atStrength({ file: readLora(lora.bytes, name), name }, strength);
    const { layout, factors } = factorsOf(scaled, pipeline.model.linears);
    const key = JSON.stringify([layout.rank, ...layout.linears]);
    if (this.#last?.key !== key) {
      this.#last?.artist.destroy();
      this.#last?.artist.lora?.parameters.destroy();
      const parameters = gpu.buffer(factors.byteLength, 'LoRA');
      this.#last = { key, artist: new Artist(pipeline, { layout, parameters }) };
    }
    const { artist } = this.#last;
    gpu.write(artist.lora!.parameters, factors);
    return artist;
  }
}

export class Engine implements TrainingEngine {
  /** Where warnings go while one request is drawing; else to the options' `onWarning`. */
  #warnings: string[] | null = null;
  readonly #device: Device<OpenDesk>;
  #judge: Promise<Judge | null> | null = null;
  /** What the rewards' towers say of pictures that were drawn to check a word. */
  readonly #checked = new Map<string | null, Embedded[]>();

  private constructor(
    private readonly model: Pipeline['model'],
    private readonly text: TextEncoder,
    private readonly options: EngineOptions,
    private readonly baseHash: string,
  ) {
    this.#device = new Device(() => this.#open(), options);
  }

  /**
   * Opens a bundle whose files are here, and the device.
   * @throws UserError for a bundle that cannot be read, and where there is no LoRA
   */
  static async open(bundle: Bundle, options: EngineOptions): Promise<Engine> {
    const model = await openModel(bundle);
    const text = await openText(bundle, options.wasmUrl);
    const engine = new Engine(model, text, options, await bundleHash(bundle));
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

  get base(): RunBase {
    return {
      hash: this.baseHash,
      linearsOf: (run) => {
        const { linears } = layoutOf(run, this.model.linears);
        return this.model.linears
          .filter((l) => linears.has(l.name))
          .map(({ name, in: i, out }) => ({ name, in: i, out }));
      },
    };
  }

  /** A judge that cannot be had is told, and asked for again with the next grid. */
  async judge(): Promise<GridJudge | null> {
    try {
      const judge = await this.openJudge();
      return judge && gridJudge(judge);
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      this.options.onWarning(`The samples are not judged: ${error.message}`);
      return null;
    }
  }

  /** The bundle's judge, opened once. @throws UserError where its files cannot be had or read */
  openJudge(): Promise<Judge | null> {
    if (!this.#judge) {
      const opening = openJudge(this.model.bundle, this.options.wasmUrl);
      this.#judge = opening;
      opening.catch(() => {
        this.#judge = null;
      });
    }
    return this.#judge;
  }

  /**
   * Measures pictures that were drawn before, by judge and rewards.
   * @param onProgress called after every few pictures; throwing from it ends the job
   */
  async judgePictures(
    { sides, prompts, seeds, steps, guidance, positive, negative }: JudgeRequest,
    onProgress: OnProgress,
  ): Promise<Evaluation> {
    const judge = await this.openJudge();
    const { bundle } = this.model;
    const scorer = bundle.rewards.length > 0 ? await this.#scorer() : null;
    const wanted = judge ? wantedStyles(judge.labels, positive) : [];
    const subject: Subject = { judge, scorer, wanted, words: { positive, negative } };
    const asked = { prompts, seeds, steps, guidance };
    const measured: MeasuredSide[] = [];
    for (const [i, { name, pictures }] of sides.entries()) {
      const total = pictures.length;
      const artist: Pick<Artist, 'pictures'> = {
        pictures: async (_, first, __, rows) => {
          // The network runs without a pause: this is where a cancellation is heard.
          await new Promise((resolve) => setTimeout(resolve));
          onProgress(i * total + first, sides.length * total);
          return pictures.slice(first, first + (rows ?? 1)).map(floatPicture);
        },
      };
      measured.push({ name, lora: null, columns: await measureSide(artist, subject, asked) });
    }
    return reportOf(subject, await baseOf(bundle), this.gpuInfo.name, asked, measured);
  }

  /**
   * How well the bundle's rewards see a control word, over pictures that are drawn for it, a batch at a time.
   * @param rewards those for which a stronger word is looked for
   * @param onProgress throwing from it ends the job
   * @throws UserError for a bundle without words
   */
  async perceive(word: string, rewards: readonly string[], onProgress: OnPerceiving): Promise<PerceptionFile> {
    const { bundle } = this.model;
    const known = await bundle.readPerception();
    const { things, steps, guidance } = known ?? {};
    const perception = await Perception.open(
      {
        bundle,
        artist: {
          pictures: (...drawing) => this.#device.use((desk) => desk.artistOf(null, 1).pictures(...drawing)),
        },
        scorer: await this.#scorer(),
        drawn: this.#checked,
      },
      // As the bundle's own were, so that the numbers can be compared.
      {
        pictures: things?.length ?? CHECK.pictures,
        steps: steps ?? CHECK.steps,
        guidance: guidance ?? CHECK.guidance,
        onProgress,
      },
      known,
    );
    return perception.file([word], this.gpuInfo.name, rewards);
  }

  /** The rewards of the bundle; what they compute is computed at the desk that is there then. */
  async #scorer(): Promise<NonNullable<Subject['scorer']> & PerceptionBench['scorer']> {
    const scorerAt = (desk: OpenDesk) => desk.scorer(this.model.bundle.rewards);
    const { rewards, firstTower } = await this.#device.use(scorerAt);
    return {
      rewards,
      firstTower,
      embed: (pictures) => this.#device.use(async (desk) => (await scorerAt(desk)).embed(pictures)),
      score: (embedded, reward, text) =>
        this.#device.use(async (desk) => (await scorerAt(desk)).score(embedded, reward, text)),
      features: (reward, text) => this.#device.use(async (desk) => (await scorerAt(desk)).features(reward, text)),
    };
  }

  /** A run that is about to begin: samples that are the run's own prompts become words that it does not train on. */
  async settled(run: RunFile): Promise<RunFile> {
    const isDefault = run.samples.prompts.join('\n') === run.prompts.join('\n');
    return isDefault ? withSampledWords(run, this.model.bundle) : run;
  }

  use<T>(job: (desk: Desk) => Promise<T>): Promise<T> {
    return this.#device.use(job);
  }

  /** @throws UserError where the LoRA cannot be read or does not fit the model */
  checkLora({ bytes, name }: FoundLora, strength: number): void {
    factorsOf(atStrength({ file: readLora(bytes, name), name }, strength), this.model.linears);
  }

  /**
   * Draws pictures, a batch at a time, so that training goes on in between.
   * @returns a sentence for each prompt that was cut
   */
  async generate(
    lora: FoundLora | null,
    strength: number,
    drawing: Drawing,
    {
      onProgress,
      onDrawn,
      check = () => {},
    }: { onProgress: OnProgress; onDrawn(first: number, pictures: Picture[]): void; check?(): void },
  ): Promise<string[]> {
    const total = drawing.pictures.length;
    const rows = batchRows(total);
    const batches = Math.ceil(total / rows);
    const warnings: string[] = [];
    for (let first = 0; first < total; first += rows) {
      const batch = await this.#device.use(async (desk) => {
        this.#warnings = warnings;
        try {
          return await desk.checked(check, () =>
            desk
              .artistOf(lora, strength)
              .pictures(drawing, first, (done, steps) =>
                onProgress(Math.floor(first / rows) * steps + done, batches * steps),
              ),
          );
        } finally {
          this.#warnings = null;
        }
      });
      onDrawn(first, batch.map(pictureOf));
    }
    return [...new Set(warnings)];
  }

  timeline(
    lora: FoundLora | null,
    request: TimelineRequest,
    onProgress: OnProgress,
    check: () => void = () => {},
  ): Promise<Timeline> {
    return this.#device.use(async (desk) => {
      const { timeline } = await desk.checked(check, () => desk.artistOf(lora, 1).timeline(request, onProgress));
      return withPictures(timeline, pictureOf);
    });
  }

  /** Tests: loses the device as a crashed driver would. */
  destroyDevice(): void {
    this.#device.destroy();
  }

  close(): void {
    this.#device.close();
    void this.text.dispose();
    void this.#judge?.then((judge) => judge?.dispose()).catch(() => {});
  }

  async #open(): Promise<OpenDesk> {
    const gpu = await Gpu.open(this.options.gpu);
    const table = await loadTuning(gpu.key);
    let timer: ReturnType<typeof setTimeout> | undefined;
    const keep = () => {
      clearTimeout(timer);
      // A table that cannot be stored is measured again next time.
      timer = setTimeout(() => void saveTuning(gpu.key, table).catch(() => {}), 500);
    };
    const tuner = new Tuner(table, true, keep, knownGood(gpu.key));
    const warn = (message: string) =>
      this.#warnings ? void this.#warnings.push(message) : this.options.onWarning(message);
    const onTuning = (done: number, total: number) => {
      this.options.onTuning(done, total);
      desk.check();
    };
    const onLoad = (done: number, total: number) => {
      this.options.onLoad(done, total);
      desk.check();
    };
    const store = new WeightStore(gpu, true, onLoad);
    const pipeline = new Pipeline(gpu, this.model, this.text, tuner, warn, onTuning, store);
    const desk = new OpenDesk(pipeline, this.#device, this.baseHash);
    return desk;
  }
}

/** @throws UserError where the file does not fit the linears */
function factorsOf({ file, name }: NamedLora, linears: Pipeline['model']['linears']) {
  const layout = layoutOfFile(file, linears, name);
  return { layout, factors: factorsFromFile(layout, file, name) };
}

const floatPicture = ({ width, height, data }: Picture): FloatPicture => ({
  width,
  height,
  data: Float32Array.from({ length: 3 * width * height }, (_, i) => data[4 * Math.floor(i / 3) + (i % 3)] / 255),
});

const pictureOf = (picture: FloatPicture): Picture => ({ ...picture, data: toRgba(picture) });
