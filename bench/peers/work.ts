/**
 * @file The rows of the table: what is computed, from which numbers, and what the answer is in double precision.
 *
 * Numbers are the same for everybody; each library may have them in the order it likes best.
 */

/** One product, one attention, one convolution, or a part of our own training step. */
export type Work =
  | { kind: 'matmul'; m: number; n: number; k: number }
  | { kind: 'attention'; heads: number; tokens: number; size: number }
  | { kind: 'convolution'; side: number; channels: number }
  | { kind: 'model'; workload: string };

/** What every library can be asked for. */
export type Operation = Exclude<Work, { kind: 'model' }>;

export interface Row {
  /** What `--rows` and the page's address call it. */
  id: string;
  label: string;
  work: Work;
  /** Takes minutes on an adapter that computes on the CPU, and is left out there unless it is asked for. */
  large?: boolean;
}

const matmul = (m: number, n: number, k: number, label = 'matmul', large = false): Row => ({
  ...{ id: `matmul-${m}x${n}x${k}`, label: `${label} ${m}×${n}×${k}`, work: { kind: 'matmul', m, n, k }, large },
});
const attention = (heads: number, tokens: number, size: number, label: string, large = false): Row => ({
  id: `attention-${heads}x${tokens}x${size}`,
  label: `${label} ${heads} heads × ${tokens.toLocaleString('en')} tokens × ${size}`,
  work: { kind: 'attention', heads, tokens, size },
  large,
});
const convolution = (side: number): Row => ({
  id: `convolution-${side}`,
  label: `convolution 3×3, 64→64 at ${side}²`,
  work: { kind: 'convolution', side, channels: 64 },
});
const model = (id: string, label: string, workload: string): Row => ({ id, label, work: { kind: 'model', workload } });

/** In the order of the table; names of workloads are those of bench/workloads.ts. */
export const ROWS: readonly Row[] = [
  matmul(512, 512, 512),
  matmul(1024, 1024, 1024),
  matmul(160, 256, 1024, 'mini-flux’s matmul'),
  matmul(1536, 3072, 3072, 'FLUX’s matmul', true),
  matmul(1536, 3072, 12288, 'FLUX’s matmul', true),
  attention(4, 80, 64, 'attention'),
  attention(24, 1536, 128, 'attention', true),
  convolution(64),
  convolution(128),
  model('transformer', 'mini-flux transformer forward, batch 2', 'transformer forward'),
  model('transformer-backward', 'transformer forward + backward to the LoRA', 'transformer forward + backward'),
  model('decoder', 'decoder forward + backward', 'decoder forward + backward'),
  model('reward', 'reward tower forward + backward', 'reward tower forward + backward'),
  model('step', 'whole SRPO step', 'whole SRPO step'),
];

/**
 * The rows that a list names.
 * @param names ids with commas; `all`; nothing: those that take at most seconds on this kind of adapter
 * @throws Error with one sentence where a name is unknown
 */
export function rowsOf(names: string | null | undefined, software: boolean): Row[] {
  if (!names) return ROWS.filter(({ large }) => !(large && software));
  if (names === 'all') return [...ROWS];
  const wanted = names.split(',');
  const unknown = wanted.find((name) => !ROWS.some(({ id }) => id === name));
  if (unknown !== undefined)
    throw new Error(`Unknown row "${unknown}": expected all, or some of ${ROWS.map(({ id }) => id).join(', ')}.`);
  return ROWS.filter(({ id }) => wanted.includes(id));
}

/** Multiplications and additions, in units of 10⁹. */
export function gflopOf(work: Operation): number {
  switch (work.kind) {
    case 'matmul':
      return (2 * work.m * work.n * work.k) / 1e9;
    case 'attention':
      return (4 * work.heads * work.tokens ** 2 * work.size) / 1e9;
    case 'convolution':
      return (2 * 9 * work.side ** 2 * work.channels ** 2) / 1e9;
  }
}

/**
 * The operands: matmul x [m, k] and w [n, k]; attention q, k, v [tokens, heads, size]; convolution x [side, side, channels]
 * and w [3, 3, channels, channels], the input's channels first. All in −1 … 1.
 */
export type Operands = Record<string, Float32Array<ArrayBuffer>>;

export function operandsOf(work: Operation): Operands {
  switch (work.kind) {
    case 'matmul':
      return { x: uniform(1, work.m * work.k), w: uniform(2, work.n * work.k) };
    case 'attention': {
      const count = work.heads * work.tokens * work.size;
      return { q: uniform(1, count), k: uniform(2, count), v: uniform(3, count) };
    }
    case 'convolution':
      return { x: uniform(1, work.side ** 2 * work.channels), w: uniform(2, 9 * work.channels ** 2) };
  }
}

/** How many numbers the answer has: [m, n]; [tokens, heads, size]; [side, side, channels]. */
export function outputSize(work: Operation): number {
  switch (work.kind) {
    case 'matmul':
      return work.m * work.n;
    case 'attention':
      return work.heads * work.tokens * work.size;
    case 'convolution':
      return work.side ** 2 * work.channels;
  }
}

/** One number of the answer, in double precision. */
export function answerAt(work: Operation, operands: Operands, index: number): number {
  switch (work.kind) {
    case 'matmul': {
      const { x, w } = operands;
      const [row, column] = [Math.floor(index / work.n), index % work.n];
      let sum = 0;
      for (let l = 0; l < work.k; l++) sum += x[row * work.k + l] * w[column * work.k + l];
      return sum;
    }
    case 'attention':
      return attentionAt(work, operands, index);
    case 'convolution': {
      const { x, w } = operands;
      const { side, channels } = work;
      const [py, px, out] = [
        Math.floor(index / channels / side),
        Math.floor(index / channels) % side,
        index % channels,
      ];
      let sum = 0;
      for (let tap = 0; tap < 9; tap++) {
        const [y, column] = [py + Math.floor(tap / 3) - 1, px + (tap % 3) - 1];
        if (y < 0 || y >= side || column < 0 || column >= side) continue;
        for (let c = 0; c < channels; c++)
          sum += x[(y * side + column) * channels + c] * w[(tap * channels + c) * channels + out];
      }
      return sum;
    }
  }
}

function attentionAt(
  { heads, tokens, size }: Extract<Work, { kind: 'attention' }>,
  { q, k, v }: Operands,
  index: number,
): number {
  const [token, head, d] = [Math.floor(index / size / heads), Math.floor(index / size) % heads, index % size];
  const at = (t: number) => (t * heads + head) * size;
  const scores = Array.from({ length: tokens }, (_, t) => {
    let sum = 0;
    for (let i = 0; i < size; i++) sum += q[at(token) + i] * k[at(t) + i];
    return sum / Math.sqrt(size);
  });
  const most = Math.max(...scores);
  const weights = scores.map((score) => Math.exp(score - most));
  const total = weights.reduce((a, b) => a + b);
  return weights.reduce((sum, weight, t) => sum + weight * v[at(t) + d], 0) / total;
}

/** Numbers in −1 … 1 (xorshift). */
function uniform(seed: number, count: number): Float32Array<ArrayBuffer> {
  const values = new Float32Array(count);
  let state = (0x9e3779b9 ^ Math.imul(seed, 0x85ebca6b)) | 1;
  for (let i = 0; i < count; i++) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    values[i] = state / 2 ** 31;
  }
  return values;
}

/** The same numbers with their axes in another order, as numpy.transpose. */
export function permuted(
  x: Float32Array,
  shape: readonly number[],
  axes: readonly number[],
): Float32Array<ArrayBuffer> {
  const strides = shape.map((_, i) => shape.slice(i + 1).reduce((a, b) => a * b, 1));
  const y = new Float32Array(x.length);
  const sizes = axes.map((axis) => shape[axis]);
  const steps = axes.map((axis) => strides[axis]);
  let at = 0;
  const fill = (axis: number, from: number): void => {
    if (axis === sizes.length) y[at++] = x[from];
    else for (let i = 0; i < sizes[axis]; i++) fill(axis + 1, from + i * steps[axis]);
  };
  fill(0, 0);
  return y;
}
