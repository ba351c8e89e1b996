import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { parseRecording } from '../../formats/recording';
import { METHOD_IDS } from '../../methods';
import { parseRunFile } from '../../methods/run-file';
import { differing } from './differing';
import { defaultFields } from './fields';
import { readLink } from './permalink';
import { PRESETS } from './presets';
import { RECORDINGS, recordingFor } from './recordings';
import type { RunView } from './run-view';
import { measuredSentence, otherRun } from './shown-run';
import { choosePreset, getState, setFields } from './store';

const recordingOf = (id: string) =>
  parseRecording(JSON.parse(readFileSync(`public/recordings/${id}/recording.json`, 'utf8')));

/** The run as the page looks at it. */
function viewOf(id: string): RunView {
  const { name, run, samples } = recordingOf(id);
  return { source: 'recording', recordingId: id, name, run: parseRunFile(run), samples } as unknown as RunView;
}

test('every folder of recordings has one entry, and the files that its entry speaks of', () => {
  expect(RECORDINGS.map(({ id }) => id).sort()).toEqual(readdirSync('public/recordings').sort());
  for (const { id, preset, method, step, shows } of RECORDINGS) {
    const { run, samples } = recordingOf(id);
    const shown = samples.find((row) => row.step === step);
    expect(shown && existsSync(`public/recordings/${id}/${shown.sheet}`), id).toBe(true);
    expect(shows.filter((prompt) => !shown!.prompts.includes(prompt))).toEqual([]);
    expect(parseRunFile(run).method).toBe(method);
    // What the page calls a preset's run was made with the preset.
    const fields = PRESETS.find((one) => one.id === preset)?.fields;
    if (preset) expect(differing(parseRunFile(run), { ...defaultFields(), ...fields! }), id).toEqual([]);
  }
});

/** What methods' recorded runs have from the comparison where the page's default is another; those of the others have none. */
const DIFFERS: Partial<Record<string, string>> = {
  'direct-align': 'Learning rate',
  grpo: 'Options of the method, Learning rate',
  nft: 'Options of the method, Learning rate',
};

test('a preset, a method and a link show their own recording; what is of another run is said to be', () => {
  const [first] = RECORDINGS;
  const view = viewOf(first.id);
  const fields = defaultFields();
  expect(recordingFor(fields)).toBe('first-run');
  expect(otherRun(view, fields)).toBeNull();
  expect(otherRun(view, { ...fields, steps: 40, sampleEvery: 2 })).toBeNull();
  for (const preset of PRESETS) {
    setFields({ recordingId: first.id });
    choosePreset(preset);
    const own = RECORDINGS.find((run) => run.preset === preset.id)!;
    expect(getState().fields.recordingId, preset.id).toBe(own.id);
    expect(own.step, preset.id).toBe(preset.proof.step);
    expect(otherRun(viewOf(own.id), getState().fields), preset.id).toBeNull();
  }
  choosePreset(PRESETS[0]);
  for (const method of METHOD_IDS.filter((id) => id !== fields.method)) {
    expect(recordingFor({ ...fields, method }), method).toBe(method);
    const others = DIFFERS[method];
    expect(otherRun(viewOf(method), { ...fields, method, recordingId: method }), method).toBe(
      others ? `Made with other settings than yours: ${others}. Align trains with yours.` : null,
    );
    expect(otherRun(view, { ...fields, method }), method).toContain('are of another run, “Make it 3D”');
  }
  expect(otherRun(view, { ...fields, seed: 3 })).toBe(
    'Made with other settings than yours: Seed. Align trains with yours.',
  );
  setFields({ recordingId: 'gone' });
  choosePreset(PRESETS[0]);
  expect(getState().fields).toMatchObject({ recordingId: 'first-run', cursorStep: null });
  expect(readLink('#align?at=71').fields).toMatchObject({ recordingId: 'first-run', cursorStep: 71 });
  expect(readLink('#align?recording=mine').fields.recordingId).toBe('mine');
});

test('what was measured is of the entry, else of the recording itself', () => {
  const view = viewOf('first-run');
  expect(measuredSentence(view)).toContain('finds 2 % “3D” before and 75 % after');
  const judged = (wanted: number, namedRight: number) => ({
    ...{ step: 0, wanted, namedRight, quality: 0.8, diversity: 0.9, gauge: 0 },
  });
  const samples = view.samples.map((row, i) => ({ ...row, judged: judged(i / 10, 1 - i / 20) }));
  expect(measuredSentence({ ...view, recordingId: undefined, samples })).toBe(
    'A judge that never trains finds 0 % “3d render” before and 60 % after, and names 100 % of the things right before and 70 % after (these 16 pictures).',
  );
  const unjudged = view.samples.map((row) => ({ ...row, judged: undefined }));
  expect(measuredSentence({ ...view, recordingId: undefined, samples: unjudged })).toBeNull();
});
