/**
 * @file Modulations computed before they are needed. They depend on prompt, σ and guidance alone, so the linears that make
 * them, a quarter of FLUX.1's weights, can do it for many calls while they pass through the device one after the other; what
 * is kept of them is one vector a call, in host memory.
 */
import type { Compiled } from '../compiler/compiled';
import { bytesOf } from '../formats/dtypes';
import { input, sizeOf, type Value } from '../graph/graph';
import type { VelocityRow } from '../methods/bench';
import { concatFloats } from '../methods/rows';
import { sinusoidal } from '../models/flux';
import { type Model, tembInputs, widthOf, writePooled } from './model';

/** Samples of one run of a linear, whose weights serve as many runs as are needed. */
const ROWS = 32;

/** Bytes of vectors that are kept: a hundred of FLUX.1-dev's. */
const KEPT = 512 * 2 ** 20;

/** What is asked of a pipeline. */
interface Pipeline {
  model: Model;
  encode(prompts: readonly string[]): Promise<{ pooled: Float32Array<ArrayBuffer> }>;
  /** What is told how many bytes have passed through the device; what it throws ends that. */
  store: { onLoad(done: number, total: number): void };
  once<T>(outputs: Record<string, Value>, use: (program: Compiled) => Promise<T>): Promise<T>;
}

export class ModulationCache {
  /** The one that was asked for last at the end. */
  readonly #kept = new Map<string, Float32Array>();

  constructor(
    private readonly pipeline: Pipeline,
    /** Bytes; what one call asks for may be more. */
    private readonly most = KEPT,
  ) {}

  /**
   * The modulations of a call, [rows, outputs of all linears].
   * @param ahead rows of the calls after it, whose modulations are computed with these where any are missing
   */
  async of(
    rows: readonly VelocityRow[],
    guidance: number,
    ahead: readonly VelocityRow[] = [],
  ): Promise<Float32Array<ArrayBuffer>> {
    const keyOf = ({ prompt, sigma }: VelocityRow) => JSON.stringify([prompt, sigma, guidance]);
    if (rows.some((row) => !this.#kept.has(keyOf(row)))) {
      const missing = new Map([...rows, ...ahead].map((row) => [keyOf(row), row]));
      for (const key of this.#kept.keys()) missing.delete(key);
      const made = await this.#compute([...missing.values()], guidance);
      [...missing.keys()].forEach((key, i) => {
        this.#kept.set(key, made[i]);
      });
    }
    const found = rows.map((row) => {
      const key = keyOf(row);
      const numbers = this.#kept.get(key)!;
      this.#kept.delete(key);
      this.#kept.set(key, numbers);
      return numbers;
    });
    this.#forget(new Set([...rows, ...ahead].map(keyOf)));
    return concatFloats(found);
  }

  /** Drops what was not asked for the longest, until the rest fits. */
  #forget(needed: ReadonlySet<string>): void {
    let bytes = [...this.#kept.values()].reduce((sum, { byteLength }) => sum + byteLength, 0);
    for (const [key, { byteLength }] of this.#kept) {
      if (bytes <= this.most) return;
      if (needed.has(key)) continue;
      this.#kept.delete(key);
      bytes -= byteLength;
    }
  }

  async #compute(of: readonly VelocityRow[], guidance: number): Promise<Float32Array[]> {
    const { pipeline } = this;
    const { model } = pipeline;
    const modulations = model.bundle.denoiser.modulations!;
    const width = widthOf(modulations);
    const made = of.map(() => new Float32Array(width));
    // The last run is filled up with its first sample.
    const batches = Array.from({ length: Math.ceil(of.length / ROWS) }, (_, batch) =>
      Array.from({ length: ROWS }, (_, i) => of[batch * ROWS + i] ?? of[batch * ROWS]),
    );
    // One prompt at a time: the states of its tokens come with it, and are megabytes.
    const pooled = new Map<string, Float32Array<ArrayBuffer>>();
    for (const { prompt } of of) if (!pooled.has(prompt)) pooled.set(prompt, (await pipeline.encode([prompt])).pooled);
    const vector = modulations.vector(model.transformer, tembInputs(model, ROWS));
    const vectors = await pipeline.once({ vector }, async (program) => {
      const read: Float32Array<ArrayBuffer>[] = [];
      for (const rows of batches) {
        program.write('time', sinusoidal(rows.map(({ sigma }) => sigma)));
        const texts = concatFloats(rows.map(({ prompt }) => pooled.get(prompt)!));
        writePooled(program, texts, ROWS, guidance);
        await program.runAndWait();
        read.push(await program.read('vector'));
      }
      return read;
    });
    const { info } = model.transformer.tensors;
    const bytes = modulations.linears.map(({ name }) => {
      const { dtype, shape } = info.get(`${name}.weight`)!;
      return bytesOf(dtype, sizeOf(shape));
    });
    const total = bytes.reduce((sum, size) => sum + size, 0);
    let [start, passed] = [0, 0];
    for (const [i, { out }] of modulations.linears.entries()) {
      const output = modulations.output(model.transformer, i, input('vector', vector.shape));
      await pipeline.once({ output }, async (program) => {
        for (const [batch, numbers] of vectors.entries()) {
          program.write('vector', numbers);
          await program.runAndWait();
          const rows = await program.read('output');
          for (let row = 0; row < ROWS && batch * ROWS + row < of.length; row++)
            made[batch * ROWS + row].set(rows.subarray(row * out, (row + 1) * out), start);
        }
      });
      start += out;
      passed += bytes[i];
      pipeline.store.onLoad(passed, total);
    }
    return made;
  }
}
