/**
 * @file The yardstick: the best rate of matrix multiplication this adapter shows, over shapes and kernel variants.
 */

import { candidates } from '../src/compiler/choose';
import { compile } from '../src/compiler/compile';
import type { Compiled } from '../src/compiler/compiled';
import type { Gpu } from '../src/gpu/gpu';
import { PinnedTuner } from '../src/gpu/tuner';
import { type DType, input, weight } from '../src/graph/graph';
import { linear } from '../src/ops/matmul';
import { secondsOfRepeated } from './timing';

/** y [m, n] = x [m, k]·Wᵀ, W in its storage type. */
export interface MatmulShape {
  m: number;
  n: number;
  k: number;
  dtype: DType;
}

/** Large squares, and linears of mini-flux at batch 2: 160 rows in the rollout, 320 in the branches. */
const SHAPES: readonly MatmulShape[] = [
  { m: 1024, n: 1024, k: 1024, dtype: 'f32' },
  { m: 1024, n: 1024, k: 1024, dtype: 'f16' },
  { m: 512, n: 512, k: 512, dtype: 'f32' },
  { m: 2048, n: 256, k: 256, dtype: 'f32' },
  { m: 320, n: 1024, k: 256, dtype: 'f16' },
  { m: 320, n: 256, k: 1280, dtype: 'f16' },
  { m: 160, n: 1024, k: 256, dtype: 'f16' },
  { m: 160, n: 256, k: 256, dtype: 'f16' },
];
const QUICK_SHAPES: readonly MatmulShape[] = [SHAPES[2], SHAPES[4], SHAPES[5]];

export interface MatmulRate extends MatmulShape {
  /** The fastest kernel variant. */
  variant: string;
  gflops: number;
}

/** One matrix multiplication, compiled with one kernel variant. */
interface Prepared {
  run(): void;
  gflop: number;
  destroy(): void;
}

export class Yardstick {
  private constructor(
    private readonly gpu: Gpu,
    /** The best variant of every shape. */
    readonly rates: readonly MatmulRate[],
    private readonly best: Prepared,
  ) {}

  /** Measures every variant at every shape; the fastest of all stays prepared. */
  static async create(gpu: Gpu, quick: boolean, onShape: (done: number, total: number) => void): Promise<Yardstick> {
    const rates: MatmulRate[] = [];
    const shapes = quick ? QUICK_SHAPES : SHAPES;
    let best: { prepared: Prepared; gflops: number } | null = null;
    for (const shape of shapes) {
      const rate: MatmulRate = { ...shape, variant: '', gflops: 0 };
      for (const { variant } of candidates(gpu, graphOf(shape).y)) {
        const prepared = await prepare(gpu, shape, variant);
        const gflops = prepared.gflop / (await secondsOfRepeated(gpu, prepared.run, 0.05, 3));
        if (gflops > rate.gflops) Object.assign(rate, { variant, gflops });
        if (!best || gflops > best.gflops) {
          best?.prepared.destroy();
          best = { prepared, gflops };
        } else prepared.destroy();
      }
      rates.push(rate);
      onShape(rates.length, shapes.length);
    }
    return new Yardstick(gpu, rates, best!.prepared);
  }

  /** The best one's GFLOP/s now. */
  async measure(): Promise<number> {
    return this.best.gflop / (await secondsOfRepeated(this.gpu, this.best.run, 0.1, 3));
  }
}

function graphOf({ m, n, k, dtype }: MatmulShape) {
  const w = weight({ name: 'w', layout: 'file' }, [n, k], dtype);
  return { w, y: linear(input('x', [m, k]), w) };
}

async function prepare(gpu: Gpu, shape: MatmulShape, variant: string): Promise<Prepared> {
  const { m, n, k } = shape;
  const { w, y } = graphOf(shape);
  const buffer = gpu.buffer(w.bytes, 'w');
  // A pair of ones in f16, a little more than 0.0078 in f32: ordinary numbers in both.
  gpu.write(buffer, new Uint32Array(buffer.bytes / 4).fill(0x3c003c00));
  const place = () => ({ buffer, offset: 0, bytes: buffer.bytes });
  const program: Compiled = await compile(
    gpu,
    { y },
    { tuner: new PinnedTuner([variant]), place: (leaf) => (leaf === w ? place() : undefined) },
  );
  program.write('x', new Float32Array(m * k).fill(0.5));
  return {
    run: () => program.run(),
    gflop: (2 * m * n * k) / 1e9,
    destroy: () => {
      program.destroy();
      buffer.destroy();
    },
  };
}
