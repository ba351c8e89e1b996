/**
 * @file Seeded random numbers whose state can be saved: noise, timesteps.
 *
 * xoshiro128** (Blackman & Vigna) seeded through splitmix32, normals by Box and Muller.
 */
export class Random {
  #state: Uint32Array;

  /** @param seed a whole number from 0 to 2^53, or a state from `save` */
  constructor(seed: number | string) {
    this.#state = new Uint32Array(4);
    if (typeof seed === 'string') {
      this.#state.set(seed.split('-').map((word) => Number.parseInt(word, 16)));
      return;
    }
    let s = (seed ^ Math.floor(seed / 2 ** 32)) >>> 0;
    for (let i = 0; i < 4; i++) {
      s = (s + 0x9e3779b9) >>> 0;
      let z = s;
      z = Math.imul(z ^ (z >>> 16), 0x21f0aaad);
      z = Math.imul(z ^ (z >>> 15), 0x735a2d97);
      this.#state[i] = z ^ (z >>> 15);
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

/** Noise of pictures numbered from `seed` on: picture i depends only on seed + i. */
export function noiseOf(seed: number, pictures: number, size: number): Float32Array<ArrayBuffer> {
  const out = new Float32Array(pictures * size);
  for (let i = 0; i < pictures; i++) out.set(new Random(seed + i).normals(size), i * size);
  return out;
}
