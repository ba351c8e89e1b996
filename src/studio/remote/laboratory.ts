/**
 * @file The page's end of the laboratory's worker. What is drawn many times a second stands in `sides`, outside of React;
 * what is written on the page is in a store.
 */
import { create } from 'zustand';
import type { Vote } from '../../formats/person';
import { spotsOf } from '../../laboratory/data';
import type { Hills } from '../../laboratory/hills';
import type { LaboratoryUpdate } from '../../laboratory/laboratory';
import type { Look, RoomEvent, RoomRequest, RoomSettings, View } from '../../laboratory/protocol';
import type { Fields } from '../state/fields';
import { methodOf } from '../state/methods';
import { getState, useStudio } from '../state/store';

/** What one side looks like. */
export interface LaboratorySide {
  view: View | null;
  /** The samples before `view`, and when it came: points move from one to the other. */
  before: View | null;
  came: number;
  /** Milliseconds between the last two views. */
  took: number;
  /** By method: where it would bend the trajectory, [N + 1, 2]. */
  arrows: Map<string, Float32Array>;
  /** Grows with each of them. */
  version: number;
}

export interface LaboratoryState {
  /** Share of the network's learning that is done; null before anything is known. */
  learned: number | null;
  playing: boolean;
  /** Updates of each side, from the untrained one on. */
  curves: LaboratoryUpdate[][];
  /** Points that a person is to vote on, [n, 2]; null where none are waited for. */
  asked: Float32Array | null;
  /** What ended it: a sentence. */
  failed: string | null;
}

const START: LaboratoryState = { learned: null, playing: false, curves: [[]], asked: null, failed: null };

export const useLaboratory = create<LaboratoryState>(() => START);

/** One or two. */
export let laboratorySides: LaboratorySide[] = [];

/** Updates a second, at most. */
const PACE = { slow: 1.5, normal: 8, fast: 1000 };
/** Points of a curve that are kept. */
const MOST = 4000;

let worker: Worker | null = null;
let opened = 0;
let unsubscribe: (() => void) | null = null;

const send = (request: RoomRequest) => worker?.postMessage(request);

/** What of the fields makes a new laboratory. */
const settingsOf = (fields: Fields): RoomSettings => ({
  spots: spotsOf(fields.labData),
  seed: fields.labSeed,
  learningRate: fields.labRate,
  // A lesson's alone: the laboratory by itself has nobody who votes.
  ...(fields.labPerson && !fields.lab && { person: true }),
  sides: [
    { method: methodOf(fields.labMethod).id, options: fields.labOptions },
    ...(fields.labSecond ? [{ method: methodOf(fields.labSecond).id, options: fields.labSecondOptions }] : []),
  ],
});

export function hillsOf({ labWanted, labUnwanted }: Fields): Hills {
  const hill = (at: [number, number]) => ({ x: at[0], y: at[1] });
  return { wanted: hill(labWanted), unwanted: labUnwanted && hill(labUnwanted) };
}

const lookOf = ({ labSigma, labPoint, labShows }: Fields): Look => ({
  sigma: labSigma,
  point: labPoint,
  field: labShows.includes('field'),
  arrows: labShows.includes('arrows'),
});

/** Opens the laboratory of the fields and follows them; returns a function that closes it. */
export function openLaboratory(): () => void {
  worker = new Worker(new URL('../../laboratory/worker.ts', import.meta.url), { type: 'module', name: 'laboratory' });
  worker.addEventListener('message', ({ data }) => receive(data));
  worker.addEventListener('error', () =>
    useLaboratory.setState({ playing: false, failed: 'The laboratory stopped: reload the page.' }),
  );
  begin();
  unsubscribe = useStudio.subscribe((now, before) => {
    if (now.fields !== before.fields) follow(now.fields, before.fields);
  });
  return () => {
    unsubscribe?.();
    worker?.terminate();
    worker = null;
    laboratorySides = [];
    useLaboratory.setState(START, true);
  };
}

/** Begins anew: the same base where data and seed are the same, fresh LoRAs. */
export function begin(): void {
  const { fields } = getState();
  const settings = settingsOf(fields);
  opened++;
  laboratorySides = settings.sides.map((_, i) => ({
    view: laboratorySides[i]?.view ?? null,
    before: null,
    came: 0,
    took: 0,
    arrows: new Map(),
    version: 0,
  }));
  useLaboratory.setState({ ...START, curves: settings.sides.map(() => []) });
  send({ type: 'open', opened, settings, hills: hillsOf(fields), look: lookOf(fields) });
}

function follow(now: Fields, before: Fields): void {
  const differs = (of: (fields: Fields) => unknown) => JSON.stringify(of(now)) !== JSON.stringify(of(before));
  if (differs(settingsOf)) {
    begin();
    return;
  }
  if (differs(hillsOf)) send({ type: 'hills', hills: hillsOf(now) });
  if (differs(lookOf)) send({ type: 'look', look: lookOf(now) });
  if (now.labSpeed !== before.labSpeed && useLaboratory.getState().playing) playLaboratory();
}

export function playLaboratory(): void {
  useLaboratory.setState({ playing: true });
  send({ type: 'play', perSecond: PACE[getState().fields.labSpeed] });
}

export function pauseLaboratory(): void {
  useLaboratory.setState({ playing: false });
  send({ type: 'pause' });
}

/** One update, of a laboratory that stands still. */
export function stepLaboratory(): void {
  pauseLaboratory();
  send({ type: 'step' });
}

/** Gives the votes that the update waits for, and asks for the next. */
export function voteInLaboratory(votes: readonly Vote[]): void {
  useLaboratory.setState({ asked: null });
  send({ type: 'votes', votes });
  send({ type: 'step' });
}

function receive(event: RoomEvent): void {
  if (event.opened !== opened) return;
  switch (event.type) {
    case 'learning':
      useLaboratory.setState({ learned: event.step / event.updates });
      break;
    case 'updates':
      unwritten.push(event);
      // Not more often than it can be read: writing the page anew takes time from the drawing.
      if (unwritten.length === 1) setTimeout(writeUpdates, useLaboratory.getState().playing ? WRITTEN_EACH : 0);
      break;
    case 'view': {
      const side = laboratorySides[event.side];
      const now = performance.now();
      side.took = side.view ? Math.min(now - side.came, 400) : 0;
      side.before = side.view;
      side.came = now;
      side.view = event.view;
      break;
    }
    case 'arrows':
      laboratorySides[event.side].arrows.set(event.method, event.arrows);
      laboratorySides[event.side].version++;
      break;
    case 'ask':
      useLaboratory.setState({ asked: event.points });
      break;
    case 'failed':
      useLaboratory.setState({ playing: false, failed: event.message });
      break;
  }
}

/** Milliseconds between two times that updates are written on the page while it plays. */
const WRITTEN_EACH = 150;
/** Updates that have come and are not in the store yet. */
let unwritten: Extract<RoomEvent, { type: 'updates' }>[] = [];

function writeUpdates(): void {
  const events = unwritten.filter((event) => event.opened === opened);
  unwritten = [];
  useLaboratory.setState(({ curves }) => ({
    curves: curves.map((curve, side) => {
      const own = events.filter((event) => event.side === side).flatMap(({ updates }) => updates);
      return own.length > 0 ? thinned([...curve, ...own]) : curve;
    }),
  }));
}

/** Of a curve that has grown long, every other of its older half. */
function thinned(curve: LaboratoryUpdate[]): LaboratoryUpdate[] {
  if (curve.length <= MOST) return curve;
  const half = curve.length >> 1;
  return curve.filter((_, i) => i > half || i % 2 === 0);
}
