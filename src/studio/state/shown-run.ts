/** @file What is said of the recorded run on the page: which it is, and where it is not what the settings would give. */
import { differing } from './differing';
import type { Fields } from './fields';
import { type BeforeAfter, PRESETS, presetInUse } from './presets';
import { recordedRun } from './recordings';
import type { RunView } from './run-view';

/** What to call a recorded run. */
export const titleOfRecording = (view: RunView): string => recordedRun(view.recordingId)?.title ?? view.name;

/**
 * A sentence for a recorded run that is not one of the settings on the page: of another preset, another method, or made with
 * other settings. Null where it is theirs.
 */
export function otherRun(view: RunView, fields: Fields): string | null {
  // Another one is on its way.
  if (view.recordingId !== undefined && view.recordingId !== fields.recordingId) return null;
  const title = titleOfRecording(view);
  const preset = PRESETS.find(({ id }) => id === presetInUse(fields));
  const isOther = preset ? preset.id !== recordedRun(view.recordingId)?.preset : fields.method !== view.run.method;
  if (isOther) return `The pictures below are of another run, “${title}”; Align trains with your settings.`;
  const others = differing(view.run, fields);
  if (others.length === 0) return null;
  const named = others.slice(0, 4).join(', ') + (others.length > 4 ? ` and ${others.length - 4} more` : '');
  return `Made with other settings than yours: ${named}. Align trains with yours.`;
}

/** A loss of quality that is worth a sentence. */
const DAMAGE = 0.1;

/** What a judge found in pictures before training and after. */
interface Found {
  style: string;
  wanted: BeforeAfter;
  named: BeforeAfter;
  quality?: BeforeAfter;
  /** Of which pictures. */
  pictures: string;
}

/** What the judge says of a recorded run, before and after, as one sentence; null where it was not judged. */
export function measuredSentence(view: RunView): string | null {
  const preset = PRESETS.find(({ id }) => id === recordedRun(view.recordingId)?.preset);
  const measured: Found | undefined = preset ? { ...preset.proof, pictures: '48 other pictures' } : judgedSamples(view);
  if (!measured) return null;
  const { style, wanted, named, quality, pictures } = measured;
  const percent = (part: number) => `${Math.round(100 * part)} %`;
  const found = `A judge that never trains finds ${percent(wanted[0])} “${style}” before and ${percent(wanted[1])} after, and names ${percent(named[0])} of the things right before and ${percent(named[1])} after (${pictures}).`;
  const isDamaged = quality !== undefined && quality[1] < quality[0] - DAMAGE;
  return isDamaged ? `${found} Their quality falls from ${percent(quality[0])} to ${percent(quality[1])}.` : found;
}

/** The same of the recording's own samples; undefined where the judge was not asked, or its words mean no style. */
function judgedSamples({ recordingId, samples, run }: RunView): Found | undefined {
  const [base, ...later] = samples;
  const last = later.find(({ step }) => step === recordedRun(recordingId)?.step) ?? later.at(-1);
  const [before, after] = [base?.judged, last?.judged];
  if (!before || !after || before.gauge === null) return undefined;
  if (before.wanted === null || after.wanted === null || before.namedRight === null || after.namedRight === null)
    return undefined;
  return {
    style: run.reward.positive[0],
    wanted: [before.wanted, after.wanted],
    named: [before.namedRight, after.namedRight],
    pictures: `these ${base.prompts.length} pictures`,
  };
}
