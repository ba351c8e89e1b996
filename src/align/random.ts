/**
 * @file Seeded random numbers whose state can be saved: noise, timesteps.
 *
 * xoshiro128** (Blackman & Vigna) seeded through splitmix32, normals by Box and Muller.
 */

/** What a run's seed is used for, each a stream of its own. Numbers are never used again for something else. */
export const STREAMS = { factors: 1, updates: 2 } as const;

/** 2^32 over the golden ratio: splitmix32's step. */
const GOLDEN = 0x9e3779b9;

export class Random {
  #state: Uint32Array;

  /** @param seed a whole number from 0 to 2^53, or a state from `save` */
  constructor(seed: number | string) {
    this.#state = new Uint32Array(4);
    if (typeof seed === 'string') {
      this.#state.set(seed.split('-').map((word) => Number.parseInt(word, 16)));
      return;
    }
    const high = Math.floor(seed / 2 ** 32);
    this.#seed(seed >>> 0, high);
  }

  /** A purpose's own stream: no two of seed and stream begin from one state, nor from that of a bare seed. */
  static stream(seed: number, stream: keyof typeof STREAMS): Random {
    const random = new Random(0);
    // Above every upper word that a bare seed can have.
    random.#seed(seed >>> 0, 2 ** 31 + STREAMS[stream]);
    return random;
  }

  /**
   * Fills the state from two words; 0 in the upper one is the plain splitmix32 of the lower.
   *
   * Different pairs give different states: the first word of the state is a bijection of the lower word, and for each
   * of those the second is a bijection of the upper.
   */
  #seed(low: number, high: number): void {
    for (let i = 0; i < 4; i++) {
      const salt = i === 0 || high === 0 ? 0 : scramble(high + i * GOLDEN);
      this.#state[i] = scramble(low + (i + 1) * GOLDEN + salt);
    }
  }

  /** The state as text, for a snapshot. */
  save(): string {
    return [...this.#state].map((word) => word.toString(16).padStart(8, '0')).join('-');
  }

  #next(): number {
    const s = this.#state;
    const rotate = (x: number, k: number) => (x << k) | (x >>> (32 - k));
    const result = Math.imul(rotate(Math.imul(s[1], 5), 7), 9) >>> 0;
    const t = s[1] << 9;
    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= t;
    s[3] = rotate(s[3], 11);
    return result;
  }

  /** Uniform in [0, 1), 53 bits. */
  uniform(): number {
    return ((this.#next() >>> 5) * 2 ** 26 + (this.#next() >>> 6)) / 2 ** 53;
  }

  /** A whole number in [low, high). */
  integer(low: number, high: number): number {
    return low + Math.floor(this.uniform() * (high - low));
  }

  /** n independent standard normals. */
  normals(n: number): Float32Array<ArrayBuffer> {
    const out = new Float32Array(n);
    for (let i = 0; i < n; i += 2) {
      const radius = Math.sqrt(-2 * Math.log(1 - this.uniform()));
      const angle = 2 * Math.PI * this.uniform();
      out[i] = radius * Math.cos(angle);
      if (i + 1 < n) out[i + 1] = radius * Math.sin(angle);
    }
    return out;
  }
}

/** A bijection of 32-bit words that leaves no pattern. */
function scramble(word: number): number {
  let z = word >>> 0;
  z = Math.imul(z ^ (z >>> 16), 0x21f0aaad);
  z = Math.imul(z ^ (z >>> 15), 0x735a2d97);
  return (z ^ (z >>> 15)) >>> 0;
}

/** Noise of pictures numbered from `seed` on: picture i depends only on seed + i. */
export function noiseOf(seed: number, pictures: number, size: number): Float32Array<ArrayBuffer> {
  const out = new Float32Array(pictures * size);
  for (let i = 0; i < pictures; i++) out.set(new Random(seed + i).normals(size), i * size);
  return out;
}
