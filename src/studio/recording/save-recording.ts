/**
 * @file A run of the Library as one file that plays in any browser without a GPU: a zip of what a recording's folder holds
 * (src/formats/recording.ts), made of what is stored; nothing is drawn again.
 */
import { UserError } from '../../errors';
import { parseRecording, type RecordingFile } from '../../formats/recording';
import { sheetOf } from '../pictures/sheet';
import { RECORDING } from './recording-files';

const numbered = (kind: string, step: number, { type }: { type: string }) =>
  `${kind}-${String(step).padStart(6, '0')}.${type === 'image/png' ? 'png' : 'webp'}`;

/** PNG or WebP, by its first bytes. */
const blobOf = (sheet: Uint8Array<ArrayBuffer>) =>
  new Blob([sheet], { type: sheet[0] === 0x89 ? 'image/png' : 'image/webp' });

/**
 * @param made where it was made, for the caption: the adapter's name
 * @throws UserError where no timeline of the run is kept
 */
export async function recordingOf(
  runId: string,
  made: string,
): Promise<{ name: string; bytes: Uint8Array<ArrayBuffer> }> {
  const [{ getRun }, { frameSteps, getFrame }, { listMetrics }, { listSamples }, { zipSync }] = await Promise.all([
    import('../../storage/runs'),
    import('../../storage/frames'),
    import('../../storage/metrics'),
    import('../../storage/samples'),
    import('fflate'),
  ]);
  const run = await getRun(runId);
  if (!run) throw new UserError('This run is no longer in the Library.');
  const files: Record<string, Uint8Array> = {};
  const add = async (kind: string, step: number, sheet: Blob) => {
    const name = numbered(kind, step, sheet);
    files[name] = new Uint8Array(await sheet.arrayBuffer());
    return name;
  };
  const frames: RecordingFile['frames'] = [];
  let cell: RecordingFile['cell'] | null = null;
  for (const step of await frameSteps(runId)) {
    const frame = await getFrame(runId, step);
    if (!frame || step > run.step) continue;
    cell ??= { width: frame.width, height: frame.height };
    frames.push({ ...frame.timeline, sheet: await add('frame', step, blobOf(frame.sheet)) });
  }
  if (!cell)
    throw new UserError(`“${run.name}” has no timeline yet, of which a recording is made: train it on a little.`);
  const samples: RecordingFile['samples'] = [];
  for (const { step, prompts, seeds, pictures, judged } of await listSamples(runId)) {
    const sheet = await sheetOf(pictures.map(blobOf));
    samples.push({ step, sheet: await add('samples', step, sheet), prompts, seeds, judged });
  }
  const { name, wordChanges } = run;
  const metrics = (await listMetrics(run)).filter(({ step }) => step <= run.step);
  const parts = { version: 1, name, made, cell, run: run.run, metrics, wordChanges, frames, samples };
  const recording = parseRecording(JSON.parse(JSON.stringify(parts)));
  files[RECORDING] = new TextEncoder().encode(`${JSON.stringify(recording)}\n`);
  // Pictures are compressed already; the same run gives the same file.
  return { name, bytes: zipSync(files, { level: 0, mtime: new Date(1980, 0, 1) }) as Uint8Array<ArrayBuffer> };
}
