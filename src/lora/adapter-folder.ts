/**
 * @file A LoRA's files in a folder, a zip or a drop: PEFT's adapter_model.safetensors with its adapter_config.json, or
 * diffusers' pytorch_lora_weights.safetensors. Config and weights come from one folder, never from two.
 */
import { UserError } from '../errors';
import { showList, shown } from '../shown';

/** PEFT's weights, whose scale lies in the config beside them. */
export const PEFT_WEIGHTS = 'adapter_model.safetensors';
export const PEFT_CONFIG = 'adapter_config.json';
const DIFFUSERS_WEIGHTS = 'pytorch_lora_weights.safetensors';
const PICKLES = ['adapter_model.bin', 'pytorch_lora_weights.bin'];

/** The config's largest size; PEFT's own take a few KB. */
export const MAX_CONFIG_BYTES = 16 * 2 ** 20;
/** No buffer of a page holds much more. */
export const MAX_WEIGHTS_BYTES = 2 ** 30;

/** Where a LoRA's parts lie. */
export interface AdapterFiles<File> {
  weights: File;
  config: File | null;
}

/** Whether a file of this path is part of a LoRA's folder. */
export function isAdapterFile(path: string): boolean {
  const [, base] = split(path);
  return [PEFT_WEIGHTS, PEFT_CONFIG, DIFFUSERS_WEIGHTS, ...PICKLES].includes(base);
}

/**
 * The one LoRA among files.
 *
 * @param files with their paths, "/" between folders; others than a LoRA's are passed over
 * @param name what to call the folder or zip in a sentence
 * @throws UserError where there is none, half of one, or more than one
 */
export function findAdapter<File extends { path: string }>(files: readonly File[], name: string): AdapterFiles<File> {
  const folders = new Map<string, Map<string, File>>();
  for (const file of files) {
    if (!isAdapterFile(file.path)) continue;
    const [folder, base] = split(file.path);
    const inside = folders.get(folder) ?? new Map<string, File>();
    folders.set(folder, inside.set(base, file));
  }
  if (folders.size === 0) {
    throw new UserError(`${name} holds no LoRA, expected ${PEFT_CONFIG} and ${PEFT_WEIGHTS} in it.`);
  }
  if (folders.size > 1) {
    const names = [...folders.keys()].map((folder) => folder || 'its root');
    throw new UserError(
      `${name} holds LoRAs or parts of them in ${showList(names, 4)}, expected one folder: give the one that is meant.`,
    );
  }
  const [[folder, inside]] = folders;
  const where = folder === '' ? name : `${name}: ${shown(folder)}`;
  const [weights, config, plain] = [PEFT_WEIGHTS, PEFT_CONFIG, DIFFUSERS_WEIGHTS].map((base) => inside.get(base));
  if (plain && (weights || config)) {
    throw new UserError(
      `${where} holds two LoRAs, ${DIFFUSERS_WEIGHTS} and ${weights ? PEFT_WEIGHTS : PEFT_CONFIG}: give the file that is meant.`,
    );
  }
  if (plain) return { weights: plain, config: null };
  const pickle = PICKLES.find((base) => inside.has(base));
  if (!weights && pickle) throw pickled(`${where}: ${pickle}`);
  if (!weights || !config) {
    const [there, missing] = weights ? [PEFT_WEIGHTS, PEFT_CONFIG] : [PEFT_CONFIG, PEFT_WEIGHTS];
    throw new UserError(`${where} has ${there}, expected ${missing} beside it.`);
  }
  return { weights, config };
}

/** Python's own format, which runs code when it is read. */
export function pickled(what: string): UserError {
  return new UserError(
    `${what} is a pickle of PyTorch, which is not read; save it again as .safetensors (PEFT: safe_serialization=True).`,
  );
}

/** What to call the LoRA of a folder: the folder's own name. */
export function adapterName(path: string): string {
  const [folder] = split(path);
  return split(folder)[1] || folder || path;
}

function split(path: string): [folder: string, base: string] {
  const at = path.lastIndexOf('/');
  return at < 0 ? ['', path] : [path.slice(0, at), path.slice(at + 1)];
}
