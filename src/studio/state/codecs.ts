/**
 * @file How a value of the studio's state is written into a permalink and read back.
 *
 * `read` returns undefined for text it does not understand, so that a damaged link falls back to the default.
 */
export interface Codec<T> {
  read(text: string): T | undefined;
  write(value: T): string;
}

export const text: Codec<string> = { read: (t) => t, write: (v) => v };

/** Text, or nothing. */
export const optionalText: Codec<string | null> = { read: (t) => (t.trim() === '' ? null : t), write: (v) => v ?? '' };

/** The name of a folder of this site. */
export const folder: Codec<string> = { read: (t) => (/^[\w-]+$/.test(t) ? t : undefined), write: (v) => v };

export const real: Codec<number> = {
  read: (t) => (t.trim() !== '' && Number.isFinite(Number(t)) ? Number(t) : undefined),
  write: String,
};

export const whole: Codec<number> = {
  read: (t) => (/^-?\d+$/.test(t) ? Number(t) : undefined),
  write: String,
};

/** Numbers from `min` to `max`. */
export const within = (codec: Codec<number>, min: number, max: number): Codec<number> => ({
  read: (t) => {
    const value = codec.read(t);
    return value !== undefined && value >= min && value <= max ? value : undefined;
  },
  write: codec.write,
});

/** A whole number from 0, or nothing. */
export const optionalWhole: Codec<number | null> = {
  read: (t) => (t === '' ? null : /^\d+$/.test(t) ? Number(t) : undefined),
  write: (v) => (v === null ? '' : String(v)),
};

/** A value, or nothing. */
export const orNothing = <T>(codec: Codec<T>): Codec<T | null> => ({
  read: (t) => (t === '' ? null : codec.read(t)),
  write: (v) => (v === null ? '' : codec.write(v)),
});

export const flag: Codec<boolean> = {
  read: (t) => (t === '1' || t === 'true' ? true : t === '0' || t === 'false' ? false : undefined),
  write: (v) => (v ? '1' : '0'),
};

/** A list of lines; a line never holds a line break, so it separates them. */
export const lines: Codec<string[]> = {
  read: (t) => (t === '' ? [] : t.split('\n')),
  write: (v) => v.join('\n'),
};

/** A list of names without commas. */
export const names: Codec<string[]> = {
  read: (t) => t.split(',').filter(Boolean),
  write: (v) => v.join(','),
};

/** Named values, each as JSON: `group:8;sde:"flow";oldDecay:[0.001,0.5]`. */
export const optionValues: Codec<Record<string, unknown>> = {
  read: (t) => {
    const values: Record<string, unknown> = {};
    for (const part of t.split(';').filter(Boolean)) {
      const [name, ...rest] = part.split(':');
      try {
        values[name] = JSON.parse(rest.join(':'));
      } catch {
        return undefined;
      }
    }
    return values;
  },
  write: (v) =>
    Object.entries(v)
      .map(([name, value]) => `${name}:${JSON.stringify(value)}`)
      .join(';'),
};

/** A list of different numbers from `min` to `max`: `0, 0.5, 1`. */
export const numbers = (min: number, max: number, most: number): Codec<number[]> => ({
  read: (t) => {
    const values = t
      .split(/[\s,;]+/)
      .filter(Boolean)
      .map(Number);
    const possible = values.length <= most && values.every((value) => value >= min && value <= max);
    return possible && new Set(values).size === values.length ? values : undefined;
  },
  write: (v) => v.join(', '),
});

export const pair: Codec<[number, number]> = {
  read: (t) => {
    const [a, b, ...rest] = t.split(',').map(real.read);
    return a !== undefined && b !== undefined && rest.length === 0 ? [a, b] : undefined;
  },
  write: (v) => v.join(','),
};

export function choice<T extends string>(values: readonly T[]): Codec<T> {
  return { read: (t) => values.find((v) => v === t), write: (v) => v };
}

/** One reward's name, or several with their weights: `clip` or `clip:1,preference:0.5`. */
export const rewardMix: Codec<string | Record<string, number>> = {
  read: (t) => {
    if (!t.includes(':')) return t === '' ? undefined : t;
    const weights: Record<string, number> = {};
    for (const part of t.split(',')) {
      const [name, weight] = part.split(':').map((p) => p.trim());
      const value = real.read(weight ?? '');
      if (!name || value === undefined) return undefined;
      weights[name] = value;
    }
    return weights;
  },
  write: (v) =>
    typeof v === 'string'
      ? v
      : Object.entries(v)
          .map(([name, weight]) => `${name}:${weight}`)
          .join(','),
};
