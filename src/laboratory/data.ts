/**
 * @file What the network of the laboratory learns to draw: points of spots on the plane.
 */

/** A round spot: a normal distribution. */
export interface Spot {
  x: number;
  y: number;
  /** Standard deviation. */
  radius: number;
}

/** The plane that is shown: from −REACH to REACH along both axes. */
export const REACH = 3;
/** Radius of a spot that is drawn by hand. */
export const DAB = 0.16;
/** Most spots. */
export const MOST_SPOTS = 80;

const ring = (count: number, distance: number, radius: number): Spot[] =>
  Array.from({ length: count }, (_, i) => {
    const angle = (2 * Math.PI * i) / count + Math.PI / 2;
    return { x: distance * Math.cos(angle), y: distance * Math.sin(angle), radius };
  });

const moon = (count: number, side: 1 | -1): Spot[] =>
  Array.from({ length: count }, (_, i) => {
    const angle = (Math.PI * i) / (count - 1);
    return { x: side * (1.4 * Math.cos(angle) - 0.65), y: side * (1.5 * Math.sin(angle) - 0.45), radius: 0.13 };
  });

/** Data to begin with, by its name in a link. */
export const DATA_SETS = {
  ring: { label: 'Eight spots in a ring', spots: ring(8, 1.7, 0.2) },
  moons: { label: 'Two moons', spots: [...moon(14, 1), ...moon(14, -1)] },
  spiral: {
    label: 'A spiral',
    spots: Array.from({ length: 30 }, (_, i): Spot => {
      const t = i / 29;
      const angle = 0.5 + 3.4 * Math.PI * Math.sqrt(t);
      return {
        x: (0.25 + 1.85 * Math.sqrt(t)) * Math.cos(angle),
        y: (0.25 + 1.85 * Math.sqrt(t)) * Math.sin(angle),
        radius: 0.09,
      };
    }),
  },
  grid: {
    label: 'Nine spots in a grid',
    spots: Array.from(
      { length: 9 },
      (_, i): Spot => ({ x: ((i % 3) - 1) * 1.6, y: (Math.floor(i / 3) - 1) * 1.6, radius: 0.18 }),
    ),
  },
  one: { label: 'One wide spot', spots: [{ x: 0, y: 0, radius: 0.9 }] },
} as const satisfies Record<string, { label: string; spots: readonly Spot[] }>;

export type DataName = keyof typeof DATA_SETS;

/** `count` points, [count, 2], every spot alike. @throws where there is no spot */
export function pointsOf(
  spots: readonly Spot[],
  count: number,
  random: { integer(low: number, high: number): number; normals(n: number): Float32Array<ArrayBuffer> },
): Float32Array<ArrayBuffer> {
  if (spots.length === 0) throw new Error('data without a spot');
  const points = random.normals(2 * count);
  for (let i = 0; i < count; i++) {
    const { x, y, radius } = spots[random.integer(0, spots.length)];
    points[2 * i] = x + radius * points[2 * i];
    points[2 * i + 1] = y + radius * points[2 * i + 1];
  }
  return points;
}

/** Spots drawn by hand, as a link holds them: `120,-35;…` in hundredths. */
export const writeSpots = (spots: readonly Spot[]): string =>
  spots.map(({ x, y }) => `${Math.round(100 * x)},${Math.round(100 * y)}`).join(';');

/** Reads what `writeSpots` wrote; undefined for anything else, none and too many among them. */
export function readSpots(text: string): Spot[] | undefined {
  const spots = text.split(';').map((part) => {
    const [, x, y] = /^(-?\d{1,3}),(-?\d{1,3})$/.exec(part) ?? [];
    return { x: Number(x) / 100, y: Number(y) / 100, radius: DAB };
  });
  const good = spots.every(({ x, y }) => Math.abs(x) <= REACH && Math.abs(y) <= REACH);
  return good && spots.length <= MOST_SPOTS ? spots : undefined;
}

/** The spots of a data set's name, or of a text of `writeSpots`. @throws where it is neither */
export function spotsOf(data: string): readonly Spot[] {
  const spots = Object.hasOwn(DATA_SETS, data) ? DATA_SETS[data as DataName].spots : readSpots(data);
  if (!spots) throw new Error(`no data is called ${data}`);
  return spots;
}
