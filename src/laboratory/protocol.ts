/**
 * @file What the page and the laboratory's worker say to each other. Events of settings that were replaced meanwhile are
 * told by their `opened`.
 */
import type { Vote } from '../formats/person';
import type { MethodId } from '../methods';
import type { Spot } from './data';
import type { Hills } from './hills';
import type { LaboratoryUpdate } from './laboratory';

/** What a new laboratory is made for. */
export interface RoomSettings {
  spots: readonly Spot[];
  seed: number;
  learningRate: number;
  /** Whether a person votes on the points of every update in place of the hills. */
  person?: boolean;
  /** One or two, from the same base. */
  sides: readonly { method: MethodId; options: Readonly<Record<string, unknown>> }[];
}

/** What of it is looked at. */
export interface Look {
  /** Level of the velocity field, 0 to 1. */
  sigma: number;
  /** Noise that the one trajectory begins with. */
  point: readonly [number, number];
  field: boolean;
  arrows: boolean;
}

export type RoomRequest =
  | { type: 'open'; opened: number; settings: RoomSettings; hills: Hills; look: Look }
  | { type: 'hills'; hills: Hills }
  | { type: 'look'; look: Look }
  /** Updates a second, at most. */
  | { type: 'play'; perSecond: number }
  | { type: 'pause' }
  | { type: 'step' }
  /** One a point that was asked about. */
  | { type: 'votes'; votes: readonly Vote[] };

/** A side as it is now. */
export interface View {
  /** The samples at every level, [N + 1, n, 2]. */
  paths: Float32Array<ArrayBuffer>;
  /** The one trajectory, [N + 1, 2]. */
  way: Float32Array<ArrayBuffer>;
  sigmas: readonly number[];
  /** Velocities at the points of `fieldPoints`; null where they are not looked at. */
  field: Float32Array<ArrayBuffer> | null;
}

export type RoomEvent = { opened: number } & (
  | { type: 'learning'; step: number; updates: number }
  | { type: 'updates'; side: number; updates: LaboratoryUpdate[] }
  | { type: 'view'; side: number; view: View }
  /** Where one step of a method would bend the trajectory, at each of its points: [N + 1, 2]. */
  | { type: 'arrows'; side: number; method: MethodId; arrows: Float32Array<ArrayBuffer> }
  /** Points [n, 2] that an update waits for votes on. */
  | { type: 'ask'; side: number; points: Float32Array<ArrayBuffer> }
  | { type: 'failed'; message: string }
);

/** Places of the velocity field along an axis. */
export const FIELD = 15;

/** Points of the velocity field [FIELD², 2] over −reach … reach, rows from the top. */
export function fieldPoints(reach: number): Float32Array<ArrayBuffer> {
  const at = (i: number) => reach * ((2 * (i + 0.5)) / FIELD - 1);
  const points = new Float32Array(2 * FIELD * FIELD);
  for (let i = 0; i < FIELD * FIELD; i++) {
    points[2 * i] = at(i % FIELD);
    points[2 * i + 1] = -at(Math.floor(i / FIELD));
  }
  return points;
}
