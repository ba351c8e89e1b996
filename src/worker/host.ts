/**
 * @file The worker's desk: takes every request of the page, answers it, and turns whatever fails into one sentence.
 *
 * Describing a bundle needs little code; the engine is loaded when a bundle is opened.
 */
import { UserError } from '../errors';
import { realSaturation } from '../evaluate/judge-files';
import type { Metrics } from '../formats/metrics';
import { readLora } from '../lora/lora-file';
import { type Bundle, baseOf, openBundle, verifyBundle } from '../models/bundle';
import { type BaseIdentity, foreignLoraWarning } from '../models/known-bases';
import { LONG_LOAD } from '../models/weights';
import { lockRun } from '../storage/locks';
import { metricsAt } from '../storage/metrics';
import { getRun } from '../storage/runs';
import { type BundleSource, openBundleSource } from './bundle-source';
import { DeviceGone } from './device';
import { DownloadError } from './download';
import type { Engine, EngineOptions } from './engine';
import { exportLora } from './export';
import { type FoundLora, findLora } from './lora-of';
import type { BundleInfo, BundleLocation, Event, LoraRef, Request } from './protocol';
import { Session, sentenceOf } from './session';
import { parseRequest } from './validate';

/** How the world outside is reached; tests give their own. */
export interface HostOptions {
  emit(event: Event): void;
  /** Loads the engine's code and opens the bundle. */
  openEngine(bundle: Bundle, options: Omit<EngineOptions, 'gpu' | 'wasmUrl'>): Promise<Engine>;
  locks?: LockManager;
}

type RequestOf<T extends Request['type']> = Extract<Request, { type: T }>;

interface Open {
  engine: Engine;
  base: BaseIdentity;
}

class Cancelled extends UserError {}

export class Host {
  #described: { key: string; source: Promise<BundleSource> } | null = null;
  #open: Promise<Open> | null = null;
  #session: Session | null = null;
  /** The run that is being begun, which can be paused and stopped already. */
  #beginning: Promise<unknown> | null = null;
  /** LoRAs whose base has been looked at. */
  #checked = new Set<string>();
  /** Ends requests that are under way. */
  #cancels = new Map<number, AbortController>();

  constructor(private readonly options: HostOptions) {}

  /** Takes one message of the page. Never throws. */
  async receive(message: unknown): Promise<void> {
    let request: Request;
    try {
      request = parseRequest(message);
    } catch (error) {
      const requestId = (message as { requestId?: unknown } | null)?.requestId;
      return this.#failed(error, typeof requestId === 'number' ? { requestId } : {});
    }
    const requestId = 'requestId' in request ? request.requestId : undefined;
    try {
      await this.#answer(request);
    } catch (error) {
      const runId = 'runId' in request ? request.runId : undefined;
      this.#failed(error, { requestId, runId });
    } finally {
      if (requestId !== undefined && request.type !== 'cancel') this.#cancels.delete(requestId);
    }
  }

  async #answer(request: Request): Promise<void> {
    switch (request.type) {
      case 'describe':
        return this.#describe(request);
      case 'weigh':
        return this.#weigh(request);
      case 'open':
        return this.#openBundle(request);
      case 'start':
      case 'resume':
        return this.#train(request);
      case 'pause':
        await this.#beginning;
        return this.#running().pause();
      case 'step':
        return this.#running().singleStep();
      case 'continue':
        return this.#running().continue();
      case 'stop':
        await this.#beginning;
        if (request.discard && !this.#session) return;
        return this.#running().stop(request.discard);
      case 'set-words':
        return this.#running().setWords(request);
      case 'votes':
        return this.#running().vote(request.step, request.votes);
      case 'extend':
        return this.#extend(request.steps);
      case 'inspect':
        return this.#inspect(request);
      case 'generate':
        return this.#generate(request);
      case 'check':
        return this.#check(request);
      case 'judge':
        return this.#judge(request);
      case 'perceive':
        return this.#perceive(request);
      case 'export':
        return this.#export(request);
      case 'cancel':
        return this.#cancels.get(request.requestId)?.abort(new Cancelled('Cancelled.'));
      case 'destroy-device':
        return (await this.#opened()).engine.destroyDevice();
    }
  }

  #failed(error: unknown, of: { requestId?: number; runId?: string }): void {
    if (!(error instanceof UserError)) console.error(error);
    const retry = error instanceof DownloadError || error instanceof DeviceGone;
    this.options.emit({ type: 'failed', ...of, message: sentenceOf(error), retry });
  }

  /** The bundle's source, opened once for describing and opening. */
  #source(location: BundleLocation): Promise<BundleSource> {
    const key = location.kind === 'url' ? location.base : '';
    if (this.#described?.key === key && key !== '') return this.#described.source;
    const source = openBundleSource(location);
    this.#described = { key, source };
    source.catch(() => {
      if (this.#described?.source === source) this.#described = null;
    });
    return source;
  }

  async #describe({ requestId, bundle: location }: RequestOf<'describe'>): Promise<void> {
    const source = await this.#source(location);
    const info = await infoOf(await openBundle(source, optionsOf(location)), source);
    const cachedBytes = await source.keptBytes();
    this.options.emit({ type: 'described', requestId, info, downloadBytes: source.totalBytes, cachedBytes });
  }

  async #weigh({ requestId, bundle: location, room, rank }: RequestOf<'weigh'>): Promise<void> {
    const [{ changeThatFits, fits, memorySum, sentenceOf: problemOf }, source] = await Promise.all([
      import('../align/memory-sum'),
      this.#source(location),
    ]);
    const given = optionsOf(location);
    const bundle = await openBundle(source, given);
    const sum = await memorySum(bundle, undefined, rank);
    const change = fits(sum, room)
      ? null
      : await changeThatFits((options) => openBundle(source, options), { bundle, given, rank }, room);
    const problem = fits(sum, room) ? null : problemOf(sum, room, change);
    this.options.emit({ type: 'weighed', requestId, sum, problem });
  }

  async #openBundle({ requestId, bundle: location }: RequestOf<'open'>): Promise<void> {
    const before = this.#open;
    const opening = (async () => {
      await before?.catch(() => {});
      return this.#openEngine(location, requestId, before);
    })();
    this.#open = opening.then(({ open }) => open);
    this.#open.catch(() => {
      // The bundle before stays closed: the page names the one it wants.
      this.#open = null;
    });
    const { open, info } = await opening;
    this.options.emit({ type: 'opened', requestId, info, gpu: open.engine.gpuInfo });
  }

  async #openEngine(location: BundleLocation, requestId: number, before: Promise<Open> | null) {
    const { emit, openEngine } = this.options;
    const { signal } = this.#cancel(requestId);
    const source = await this.#source(location);
    let shown = 0;
    /** Whether to tell how far something is: ten times a second, and at its end. */
    const isDue = (isDone: boolean): boolean => {
      const now = performance.now();
      if (now - shown < 100 && !isDone) return false;
      shown = now;
      return true;
    };
    await source.download({
      signal,
      onProgress: (file, loadedBytes, totalBytes) => {
        if (isDue(loadedBytes >= totalBytes)) emit({ type: 'download', requestId, file, loadedBytes, totalBytes });
      },
      onNotKept: (message) => emit({ type: 'warning', message }),
    });
    const bundle = await openBundle(source, optionsOf(location));
    if (location.kind === 'files') await verifyBundle(bundle);
    signal.throwIfAborted();
    await this.#close(before);
    const engine = await openEngine(bundle, {
      onWarning: (message) => emit({ type: 'warning', message }),
      onTuning: (done, total) => emit({ type: 'progress', phase: 'tuning', done, total }),
      onLoad: (done, total) => {
        if (total >= LONG_LOAD && isDue(done >= total)) emit({ type: 'progress', phase: 'loading', done, total });
      },
      onLost: (reason, attempt) => emit({ type: 'lost', reason, attempt }),
      onRecovered: () => emit({ type: 'recovered', step: this.#session?.step ?? 0 }),
      onGone: (error) => this.#failed(error, {}),
    });
    return { open: { engine, base: await baseOf(bundle) }, info: await infoOf(bundle, source) };
  }

  async #close(open: Promise<Open> | null): Promise<void> {
    this.#session?.close();
    this.#session = null;
    (await open?.catch(() => null))?.engine.close();
  }

  async #opened(): Promise<Open> {
    if (!this.#open) throw new UserError('No base model is open: press Align or Generate to open one.');
    return this.#open;
  }

  #running(): Session {
    if (!this.#session || this.#session.ended) throw new UserError('No run is open: start or resume one.');
    return this.#session;
  }

  async #train(request: RequestOf<'start' | 'resume'>): Promise<void> {
    const beginning = this.#begin(request);
    this.#beginning = beginning.catch(() => {});
    await (await beginning)?.train();
  }

  /** @returns null where the run trains already */
  async #begin(request: RequestOf<'start' | 'resume'>): Promise<Session | null> {
    const { engine, base } = await this.#opened();
    const current = this.#session;
    if (current?.isTraining) {
      if (request.type === 'resume' && current.runId === request.runId) return null;
      throw new UserError('A run is training: stop or pause it first.');
    }
    current?.close();
    const { emit, locks } = this.options;
    const ports = { engine, emit, lock: (runId: string) => lockRun(runId, locks) };
    if (request.type === 'resume') {
      this.#session = await Session.resume(ports, request.runId, request.steps);
    } else {
      const { runId, run, name = `${run.prompts[0]}, more ${run.reward.positive[0]}` } = request;
      const found = request.warmStart && (await this.#find(request.warmStart, base));
      const warmStart = found ? { file: readLora(found.bytes, found.name), name: found.name } : null;
      this.#session = await Session.start(ports, runId, await engine.settled(run), name, warmStart);
    }
    return this.#session;
  }

  async #extend(more: number): Promise<void> {
    const session = this.#session;
    if (!session?.ended) return this.#running().extend(more);
    await this.#train({ type: 'resume', runId: session.runId, steps: session.step + more });
  }

  async #inspect({ requestId, run, prompt, seed, lora, sigmas }: RequestOf<'inspect'>): Promise<void> {
    const { signal } = this.#cancel(requestId);
    const { engine, base } = await this.#opened();
    const found = await this.#find(lora, base);
    const session = this.#session;
    const picture = prompt === null ? (session?.picture ?? null) : null;
    const step = found?.step ?? 0;
    const words = picture ?? {
      positive: run.reward.positive[step % run.reward.positive.length],
      negative: run.reward.negative[step % run.reward.negative.length],
    };
    const update = picture?.update ?? (await updateBehind(lora, step));
    const timeline = await engine.timeline(
      found,
      {
        run,
        prompt: prompt ?? picture?.prompt ?? run.prompts[0],
        seed,
        sigmas,
        positive: words.positive,
        negative: words.negative,
        step,
        update,
        given: picture,
      },
      (done, total) => {
        signal.throwIfAborted();
        this.options.emit({ type: 'progress', phase: 'timeline', done, total });
      },
      () => signal.throwIfAborted(),
    );
    this.options.emit({ type: 'timeline', requestId, timeline });
  }

  async #generate(request: RequestOf<'generate'>): Promise<void> {
    const { requestId, lora, strength, pictures, steps, guidance } = request;
    const { emit } = this.options;
    const { signal } = this.#cancel(requestId);
    const { engine, base } = await this.#opened();
    const found = await this.#find(lora, base);
    const warnings = await engine.generate(
      found,
      strength,
      { pictures, steps, guidance },
      {
        onProgress: (done, total) => {
          signal.throwIfAborted();
          emit({ type: 'progress', phase: 'samples', done, total });
        },
        check: () => signal.throwIfAborted(),
        onDrawn: (first, drawn) => emit({ type: 'drawn', requestId, first, pictures: drawn }),
      },
    );
    emit({ type: 'generated', requestId, warnings });
  }

  async #check({ requestId, loras }: RequestOf<'check'>): Promise<void> {
    const { engine, base } = await this.#opened();
    for (const { lora, strength } of loras) {
      const found = await this.#find(lora, base);
      if (found) engine.checkLora(found, strength);
    }
    this.options.emit({ type: 'checked', requestId });
  }

  async #judge({ requestId, ...asked }: RequestOf<'judge'>): Promise<void> {
    const { emit } = this.options;
    const { signal } = this.#cancel(requestId);
    const { engine } = await this.#opened();
    const evaluation = await engine.judgePictures(asked, (done, total) => {
      signal.throwIfAborted();
      emit({ type: 'progress', phase: 'judging', done, total });
    });
    emit({ type: 'judged', requestId, evaluation });
  }

  async #perceive({ requestId, word, rewards }: RequestOf<'perceive'>): Promise<void> {
    const { emit } = this.options;
    const { signal } = this.#cancel(requestId);
    const { engine } = await this.#opened();
    const perception = await engine.perceive(word, rewards, (done, total, drawn) => {
      signal.throwIfAborted();
      emit({ type: 'perceiving', requestId, word: drawn, done: Math.floor(done), total });
    });
    emit({ type: 'perceived', requestId, perception });
  }

  async #export({ requestId, lora, format }: RequestOf<'export'>): Promise<void> {
    const { fileName, bytes } = await exportLora(lora, format);
    // Bytes may lie inside a larger buffer; what is sent is its own.
    this.options.emit({ type: 'exported', requestId, fileName, bytes: bytes.slice().buffer });
  }

  /** A LoRA to draw with or to train on; one of another base is used with a warning, the first time. */
  async #find(lora: LoraRef, base: BaseIdentity): Promise<FoundLora | null> {
    const found = await findLora(lora);
    const key = JSON.stringify([base.hash, found?.name, found?.step, found?.bytes.length]);
    if (!found || this.#checked.has(key)) return found;
    this.#checked.add(key);
    const warning = foreignLoraWarning(`“${found.name}”`, readLora(found.bytes, found.name).baseHash, base);
    if (warning) this.options.emit({ type: 'warning', message: warning });
    return found;
  }

  #cancel(requestId: number): AbortController {
    const controller = new AbortController();
    this.#cancels.set(requestId, controller);
    return controller;
  }
}

async function infoOf(bundle: Bundle, source: BundleSource): Promise<BundleInfo> {
  const tensors = [...(await bundle.openTransformer()).info.values()];
  const sizeOf = (shape: readonly number[]) => shape.reduce((a, b) => a * b, 1);
  const byDtype = new Map<string, number>();
  for (const { dtype, shape } of tensors) byDtype.set(dtype, (byDtype.get(dtype) ?? 0) + sizeOf(shape));
  const [dtype] = [...byDtype].sort((a, b) => b[1] - a[1])[0] ?? ['F32'];
  const { manifest, image, transformer, rewards } = bundle;
  return {
    ...(await baseOf(bundle)),
    imageWidth: image.width,
    imageHeight: image.height,
    parameters: tensors.reduce((sum, { shape }) => sum + sizeOf(shape), 0),
    dtype,
    rewards,
    targets: [...bundle.denoiser.targets],
    guidanceEmbeds: transformer.guidance_embeds,
    attribution: manifest.attribution,
    licence: manifest.licence,
    texts: [...(bundle.embeddings?.prompts ?? [])],
    words: await bundle.readWords(),
    styles: await bundle.readStyles(),
    saturations: (await realSaturation(bundle)).map(({ p5, p95 }) => ({ p5, p95 })),
    perception: await bundle.readPerception(),
    bytes: source.totalBytes,
  };
}

const optionsOf = (location: BundleLocation) => (location.kind === 'files' ? (location.options ?? {}) : {});

/** The update that led to a run's LoRA; null where it is none of a run, or not known any more. */
async function updateBehind(lora: LoraRef, step: number): Promise<Metrics | null> {
  const run = lora.kind === 'run' && step > 0 ? await getRun(lora.runId) : undefined;
  return (run && (await metricsAt(run, step))) ?? null;
}
