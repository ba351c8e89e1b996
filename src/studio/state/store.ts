/**
 * @file The page's state in one zustand store: the declared fields (fields.ts) and what the session reports.
 *
 * Components read with `useStudio(selector)`; actions and the session change it with `useStudio.setState`.
 */
import { create } from 'zustand';
import type { ControlWords } from '../../formats/control-words';
import type { PerceptionFile } from '../../formats/perception';
import type { RunFile } from '../../formats/run-file';
import type { BundleInfo, BundleLocation, GpuInfo, Timeline } from '../../worker/protocol';
import type { OwnModel } from '../files/own-model';
import type { Ballot } from './ballot';
import type { Capability } from './capability';
import { type CompareState, NOTHING_COMPARED } from './compare-grid';
import type { Fields } from './fields';
import { defaultFields } from './fields';
import type { Checking } from './perceived';
import { PRESET_FIELDS, type Preset } from './presets';
import { recordingFor } from './recordings';
import { hasPictures, nearestStep, type RunView } from './run-view';
import { settingsForBase } from './settings-for-base';
import { nothingTyped, switchMethod, type TypedOfMethods } from './switch-method';

export interface Notice {
  id: number;
  kind: 'info' | 'error';
  message: string;
  /** An offer such as "Undo" or "Try again". */
  offer?: { label: string; accept: () => void };
}

/** What the step of a lesson on the page does to the workspace. */
export interface LessonNow {
  /** Parts of the workspace with a ring around them. */
  marks: readonly string[];
  /** What stands beside its text. */
  shows: readonly string[];
  /** Values of the fields before the step changed them. */
  borrowed: Partial<Fields>;
  /** Whether the recorded run is looked at although a run of the user's is there. */
  recorded: boolean;
}

/** A run whose settings are on the page. */
export interface LeftRun {
  name: string;
  run: RunFile;
}

export interface PausedRun {
  id: string;
  name: string;
  step: number;
  steps: number;
}

export interface StudioState {
  fields: Fields;
  /** Options, forms and batches of methods that were left, for when they are chosen again. */
  typed: TypedOfMethods;
  capability: Capability | null;
  /** Where the bundle comes from: our own origin, or a folder that was dropped. */
  bundleLocation: BundleLocation | null;
  bundle: BundleInfo | null;
  /** Bytes that opening the bundle would still fetch; null until described. */
  downloadBytes: number | null;
  opened: 'no' | 'opening' | 'yes';
  gpu: GpuInfo | null;
  download: { file: string; loadedBytes: number; totalBytes: number } | null;
  progress: { phase: string; done: number; total: number } | null;
  /** Kernels measured since the last press that needed any. */
  kernels: number;
  /** Calls off the run that starts; null from its first update on. */
  cancelStart: (() => void) | null;
  recording: RunView | null;
  /** The run that trains, or one opened from the Library. */
  live: RunView | null;
  /** A run that a closed tab left paused. */
  unfinished: PausedRun | null;
  /** The run whose settings were kept to set up another. */
  left: LeftRun | null;
  /** Timeline of a prompt that the user typed, or of a step without a kept frame. */
  inspected: Timeline | null;
  inspecting: boolean;
  /** What a person who is the reward is asked to vote on. */
  ballot: Ballot | null;
  /** The words given to the trainer that it does not use yet. */
  wordsPending: ControlWords | null;
  /** How rewards see the control words that were checked here. */
  perceived: PerceptionFile | null;
  /** The control word that is being checked. */
  checking: Checking | null;
  playing: 'no' | 'sigma' | 'step';
  compare: CompareState;
  /** Ends the drawing that is under way, in Compare or of a timeline. */
  cancelDrawing: (() => void) | null;
  lesson: LessonNow | null;
  /** Whether the browser keeps runs and LoRAs from visit to visit. */
  keepsRecords: boolean;
  /** Grows whenever the Library's contents changed. */
  libraryVersion: number;
  dialog: 'none' | 'palette' | 'about' | 'settings' | 'pictures' | 'glossary' | 'own-model';
  /** Files of the user's own model, before it is in use. */
  ownModel: OwnModel | null;
  /** Entry of the glossary that was asked for; null for none. */
  term: string | null;
  /** Pictures of a set that are being read. */
  adding: { set: string; done: number; total: number } | null;
  notices: Notice[];
}

export const useStudio = create<StudioState>(() => ({
  fields: defaultFields(),
  typed: nothingTyped,
  capability: null,
  bundleLocation: null,
  bundle: null,
  downloadBytes: null,
  opened: 'no',
  gpu: null,
  download: null,
  progress: null,
  kernels: 0,
  cancelStart: null,
  recording: null,
  live: null,
  unfinished: null,
  left: null,
  inspected: null,
  inspecting: false,
  ballot: null,
  wordsPending: null,
  perceived: null,
  checking: null,
  playing: 'no',
  compare: NOTHING_COMPARED,
  cancelDrawing: null,
  lesson: null,
  keepsRecords: true,
  libraryVersion: 0,
  dialog: 'none',
  ownModel: null,
  term: null,
  adding: null,
  notices: [],
}));

export const getState = useStudio.getState;

/** Changes declared fields. */
export function setFields(changes: Partial<Fields>): void {
  useStudio.setState((state) => ({ fields: { ...state.fields, ...changes } }));
}

/** Chooses a method, with what was typed for it before. */
export function chooseMethod(id: string): void {
  useStudio.setState(({ fields, typed }) => {
    const switched = switchMethod(fields, typed, id);
    return { fields: withRecording({ ...fields, ...switched.fields }), typed: switched.typed };
  });
}

/** Chooses a preset: what it sets, and the defaults of what any other sets; on a base of the user's own as that takes them. */
export function choosePreset(preset: Preset): void {
  const defaults = defaultFields();
  const reset = Object.fromEntries(PRESET_FIELDS.map((name) => [name, defaults[name]]));
  useStudio.setState(({ fields, typed, bundle, bundleLocation }) => {
    const switched = switchMethod(fields, typed, preset.fields.method ?? defaults.method);
    const changed = { ...fields, ...switched.fields, ...reset, ...structuredClone(preset.fields) };
    const own = bundle && bundleLocation?.kind === 'files' ? settingsForBase(bundle, changed).changes : {};
    return { fields: withRecording({ ...changed, ...own }), typed: switched.typed };
  });
}

/** The fields with the recording of their settings, from its newest step; as they are where there is none. */
function withRecording(fields: Fields): Fields {
  const recordingId = recordingFor(fields) ?? fields.recordingId;
  return recordingId === fields.recordingId ? fields : { ...fields, recordingId, cursorStep: null };
}

/** Changes the run on the page, where there is one. */
export const changeLive = (change: (view: RunView) => RunView) =>
  useStudio.setState((state) => (state.live ? { live: change(state.live) } : {}));

export const setCompare = (change: Partial<CompareState>) =>
  useStudio.setState(({ compare }) => ({ compare: { ...compare, ...change } }));

/** One declared field and its setter, as a hook. */
export function useField<K extends keyof Fields>(name: K): [Fields[K], (value: Fields[K]) => void] {
  const value = useStudio((state) => state.fields[name]);
  return [value, (next) => setFields({ [name]: next } as Partial<Fields>)];
}

/** The run that the page shows: the live one once it has pictures, otherwise the recording, which a lesson may ask for. */
export const viewOf = ({ live, recording, lesson }: StudioState): RunView | null =>
  recording && (lesson?.recorded || !live || !hasPictures(live)) ? recording : lesson?.recorded ? null : live;

/** Whether the laboratory is open, by itself or beside a lesson's text. */
export const isLaboratory = ({ fields, lesson }: Pick<StudioState, 'fields' | 'lesson'>): boolean =>
  fields.place === 'learn' && (fields.lab || (lesson?.shows.includes('laboratory') ?? false));

/** What of a run a lesson may show: the training step belongs to it. */
const OF_A_RUN = ['timeline', 'samples', 'charts', 'saturation'];

/** Whether a run is looked at: the training step can be chosen. */
export const showsRun = ({ fields, lesson }: Pick<StudioState, 'fields' | 'lesson'>): boolean =>
  fields.place === 'align' ||
  (fields.place === 'learn' && !fields.lab && (lesson?.shows.some((stage) => OF_A_RUN.includes(stage)) ?? true));

/** Whether a lesson draws a ring around this part; as an attribute: `data-mark={useMark('scores')}`. */
export const useMark = (mark: string): true | undefined =>
  useStudio((state) => state.lesson?.marks.includes(mark)) || undefined;

/** The training step under the cursor: the newest where the cursor follows. */
export function cursorStepOf(state: StudioState): number {
  const view = viewOf(state);
  if (!view) return 0;
  return Math.min(state.fields.cursorStep ?? view.step, view.step);
}

/** The timeline under the cursor: the typed prompt's, otherwise the kept frame nearest to the cursor's step. */
export function timelineOf(state: StudioState): Timeline | null {
  if (state.inspected) return state.inspected;
  const view = viewOf(state);
  const step = view ? nearestStep(Object.keys(view.frames).map(Number), cursorStepOf(state)) : undefined;
  return step === undefined ? null : view!.frames[step];
}

let noticeCount = 0;

/** Shows a notice; the newest four stay. */
export function notify(kind: Notice['kind'], message: string, offer?: Notice['offer']): void {
  const notice = { id: ++noticeCount, kind, message, offer };
  useStudio.setState((state) => ({
    notices: [...state.notices.filter((n) => n.message !== message), notice].slice(-4),
  }));
}

export function dismiss(id: number): void {
  useStudio.setState((state) => ({ notices: state.notices.filter((n) => n.id !== id) }));
}
