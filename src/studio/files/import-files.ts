/**
 * @file Takes in what a user drops or chooses: LoRAs (.safetensors, PEFT's folder, its two files or its .zip), run files
 * (.json), prompt lists (.txt), pictures to train from, or a whole bundle folder.
 */
import { UserError } from '../../errors';
import { runWithWords } from '../../formats/control-words';
import type { RunFile } from '../../formats/run-file';
import { linesOf, readUtf8 } from '../../formats/utf8';
import { adapterName, findAdapter, isAdapterFile, PEFT_CONFIG, PEFT_WEIGHTS } from '../../lora/adapter-folder';
import { parseRunFile } from '../../methods/run-file';
import type { BundleOptions } from '../../models/bundle';
import { isPictureName } from '../../pictures/kinds';
import { shown } from '../../shown';
import { describeBundle } from '../remote/bundle';
import { fieldsOfRun } from '../state/run-of-fields';
import { settingsForBase } from '../state/settings-for-base';
import { getState, notify, setFields, useStudio } from '../state/store';
import { type DroppedFile, locationOf } from './dropped-file';

/**
 * Imports everything in `files`.
 * @throws UserError naming the first file that cannot be used and what was expected
 */
export async function importFiles(files: DroppedFile[]): Promise<void> {
  const bundle = files.find(({ path }) => /^[^/]+\/bundle\.json$/.test(path));
  if (bundle) return openBundleFiles(bundle.path.split('/')[0], files);
  if (await takeModel(files)) return;
  const adapters = adaptersOf(files);
  // Pictures beside a LoRA are samples of it.
  if (adapters.size === 0 && files.some(({ path }) => isPictureName(path))) {
    const { importPictures } = await import('./import-pictures');
    return importPictures(files);
  }
  for (const [name, parts] of adapters) await importAdapter(name, parts);
  for (const { path, file } of files) {
    if (isAdapterFile(path)) continue;
    const extension = path.toLowerCase().split('.').pop();
    if (extension === 'zip' && (await importRecording(file))) continue;
    if (extension === 'safetensors' || extension === 'zip') await importLora(file);
    else if (extension === 'json') await importRunFile(file);
    else if (extension === 'txt') await importPrompts(file);
    else if (files.length === 1 || !path.includes('/')) {
      throw new UserError(
        `${shown(file.name)} cannot be used here; expected a LoRA (.safetensors, .zip or PEFT's folder), a run file (.json), a prompt list (.txt), pictures or a folder with a bundle.json.`,
      );
    }
  }
}

/** Shows what a base without a bundle.json is made of; false where the files are none. */
async function takeModel(files: DroppedFile[]): Promise<boolean> {
  if (!files.some(({ path }) => /\.(?:gguf|safetensors|sft)$/i.test(path))) return false;
  const { isModel, ownModelOf } = await import('./own-model');
  if (!(await isModel(files))) return false;
  useStudio.setState({ ownModel: await ownModelOf(files, getState().ownModel), dialog: 'own-model' });
  return true;
}

/** Files of LoRAs' folders, by what was dropped: each folder by itself, and loose files together. */
function adaptersOf(files: DroppedFile[]): Map<string, DroppedFile[]> {
  const dropped = new Map<string, DroppedFile[]>();
  for (const file of files) {
    if (!isAdapterFile(file.path)) continue;
    const top = file.path.includes('/') ? file.path.split('/')[0] : '';
    dropped.set(top, [...(dropped.get(top) ?? []), file]);
  }
  return dropped;
}

/** A LoRA of PEFT's two files is kept as their zip; diffusers' file as it is. */
async function importAdapter(folder: string, parts: DroppedFile[]): Promise<void> {
  const [only] = parts;
  // By itself a file may be dropped without its config; what that means is said.
  if (folder === '' && parts.length === 1 && only.path.endsWith('.safetensors')) return importLora(only.file);
  const { weights, config } = findAdapter(parts, folder === '' ? 'The drop' : shown(folder));
  if (!config) return importLora(weights.file, adapterName(weights.path));
  const name = weights.path.includes('/') ? adapterName(weights.path) : weights.file.name;
  await importLora(new File([await zipOfPeft(config.file, weights.file)], `${name}.zip`), name);
}

/** The same as the program reads from the folder. */
async function zipOfPeft(config: File, weights: File): Promise<Uint8Array<ArrayBuffer>> {
  const { zipSync } = await import('fflate');
  const bytes = async (file: File) => new Uint8Array(await file.arrayBuffer());
  const files = { [PEFT_CONFIG]: await bytes(config), [PEFT_WEIGHTS]: await bytes(weights) };
  return zipSync(files, { level: 0, mtime: new Date(1980, 0, 1) }) as Uint8Array<ArrayBuffer>;
}

function openBundleFiles(name: string, files: DroppedFile[]): Promise<void> {
  return openBase(
    name,
    files.map((file) => ({ ...file, path: file.path.slice(name.length + 1) })),
  );
}

/**
 * Puts a base of the user's own in place of the site's, and remembers it for the next visit where this browser can.
 * @throws UserError where it is none, or a run trains
 */
export async function openBase(name: string, files: readonly DroppedFile[], options?: BundleOptions): Promise<void> {
  if (trains()) throw new UserError('A run is training; stop or pause it before opening another bundle.');
  useStudio.setState({
    bundleLocation: locationOf(name, files, options),
    opened: 'no',
    gpu: null,
    live: null,
    inspected: null,
  });
  setFields({ bundle: name });
  try {
    await describeBundle();
  } catch (error) {
    useStudio.setState({ bundleLocation: null });
    throw error;
  }
  // What cannot be remembered is dropped or chosen again.
  await import('./remembered-model').then((it) => it.rememberModel(name, options, files)).catch(() => {});
  const bundle = getState().bundle!;
  if (bundle.texts.length > 0) takePromptsOf(bundle.texts);
  const { changes, words } = settingsForBase(bundle, getState().fields);
  setFields(changes);
  const settings = words && ` Settings for it: ${words}.`;
  notify('info', `The bundle “${bundle.name}” is in use; its files stay on this computer.${settings}`);
}

/** Prompts that were not encoded before cannot be drawn: the first that were take their place. */
function takePromptsOf(texts: readonly string[]): void {
  const { prompts, samplePrompts } = getState().fields;
  if ([...prompts, ...samplePrompts].every((prompt) => texts.includes(prompt))) return;
  // A control word and its prompt are what a reward reads.
  const plain = texts.filter((text) => text !== '' && !texts.some((end) => end !== '' && text.endsWith(`. ${end}`)));
  const first = (plain.length > 0 ? plain : texts).slice(0, 4);
  setFields({ prompts: first, samplePrompts: first });
}

/** Shows a recorded run; false where the zip holds something else. */
async function importRecording(file: File): Promise<boolean> {
  const [{ zippedFiles }, { showRecordingFile }] = await Promise.all([
    import('../recording/zipped-files'),
    import('../recording/show-recording'),
  ]);
  const files = zippedFiles(new Uint8Array(await file.arrayBuffer()), file.name);
  if (!files) return false;
  if (trains()) throw new UserError('A run is training; stop or pause it before a recording is shown.');
  await showRecordingFile(files);
  notify('info', `${file.name} plays; it is not in the Library.`);
  return true;
}

/** @param name what the Library calls it and a sentence names */
async function importLora(file: File, name = file.name): Promise<void> {
  const [{ readLora }, { putLora, freeLoraName }] = await Promise.all([
    import('../../lora/lora-file'),
    import('../../storage/loras'),
  ]);
  const bytes = new Uint8Array(await file.arrayBuffer());
  const lora = readLora(bytes, shown(name));
  const { run, wordChanges = [] } = lora;
  await putLora({
    version: 1,
    id: crypto.randomUUID(),
    name: await freeLoraName(name.replace(/\.(safetensors|zip)$/i, '')),
    createdAt: Date.now(),
    file: bytes,
    rank: lora.rank,
    baseHash: lora.baseHash ?? null,
    runId: null,
    step: lora.step ?? null,
    thumbnail: null,
    ...(run
      ? { words: { positive: run.reward.positive, negative: run.reward.negative, changes: [...wordChanges] } }
      : {}),
  });
  useStudio.setState((state) => ({ libraryVersion: state.libraryVersion + 1 }));
  notify(
    'info',
    [`${name} is in the Library (rank ${lora.rank}).`, ...lora.warnings].join(' '),
    run && { label: 'Open its settings', accept: () => openSettingsOf(runWithWords(run, wordChanges)) },
  );
}

async function importRunFile(file: File): Promise<void> {
  const run = parseRunFile(new Uint8Array(await file.arrayBuffer()), shown(file.name));
  openSettingsOf(run);
  const changes = run.wordHistory?.slice(1).map(({ step }) => step) ?? [];
  notify(
    'info',
    [
      `${file.name} is open: the settings on this page are now its own.`,
      ...(changes.length > 0
        ? [
            `Its words changed after step ${changes.join(', ')}; here are the last ones. The program (align --run) makes the same changes.`,
          ]
        : []),
    ].join(' '),
  );
}

async function importPrompts(file: File): Promise<void> {
  const prompts = linesOf(await readUtf8(file, shown(file.name)));
  if (prompts.length === 0) throw new UserError(`${shown(file.name)} holds no prompts; expected one a line.`);
  setFields({ prompts, place: 'align' });
  notify('info', `${prompts.length} prompts from ${file.name}.`);
}

/** Puts a run file's settings on the page; a run that is open but not training makes room. */
export function openSettingsOf(run: RunFile): void {
  if (!trains()) useStudio.setState({ live: null, inspected: null });
  const { bundle: _, ...fields } = fieldsOfRun(run);
  setFields({ ...fields, cursorStep: null, place: 'align' });
}

function trains(): boolean {
  const { live } = getState();
  return live?.source === 'live' && (live.state === 'starting' || live.state === 'running');
}
